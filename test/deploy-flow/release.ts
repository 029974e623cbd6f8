import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { gitIn } from "../../scripts/release/git.ts";
import { makeReleaseCommit } from "../../scripts/release/release-commit.ts";
import { makeReleaseTree } from "../../scripts/release/release-tree.ts";
import { makeTempDir } from "../support/temp-dir.ts";

export const TAG = "v0.9.0";

/** Third parties' actions by the pins that deploy.yml has, and what stands in for them. */
const STAND_INS = {
  "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f": {
    inputs: ["name", "path", "if-no-files-found", "retention-days"],
    script: `import("node:fs").then(({ cpSync }) => {
  cpSync(process.env.INPUT_PATH, process.env.ARTIFACTS + "/" + process.env.INPUT_NAME);
});
`,
  },
  // act puts the work tree in place of a checkout only where that asks for no commit.
  "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1": {
    inputs: ["ref", "persist-credentials"],
    script: `import("node:fs").then(({ cpSync }) => {
  cpSync(process.env.SOURCES + "/" + process.env.INPUT_REF, process.env.GITHUB_WORKSPACE, { recursive: true });
});
`,
  },
} as const;

/** Folders that stand for repositories, as {@link runAct} takes them. */
export type Repositories = Readonly<Record<string, string>>;

/**
 * A release of this repository with the bundles that `npm test` has built, made by the code that makes releases in a
 * scratch clone: what a caller's `uses:` would find at the tag.
 */
export async function makeRelease(): Promise<Repositories> {
  const folder = makeTempDir("release");
  const clone = path.join(folder.path, "clone");
  const files = [
    "README.md",
    "LICENSE",
    "SECURITY.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "action-catalog.md",
  ];
  for (const file of [...files, "actions", "docs", "examples", "shared", "templates", ".github/workflows"])
    if (existsSync(path.join(REPOSITORY, file)))
      cpSync(path.join(REPOSITORY, file), path.join(clone, file), { recursive: true });
  cpSync(path.join(REPOSITORY, "build/dist"), path.join(clone, "dist"), { recursive: true });
  const git = gitIn(clone);
  await git(["init", "--quiet", "--initial-branch=main"]);
  for (const setting of ["user.name=Somebody", "user.email=somebody@example.com"])
    await git(["config", ...(setting.split("=") as [string, string])]);
  await git(["add", "--all", "--force"]);
  await git(["commit", "--quiet", "--message=Everything"]);
  const source = (await git(["rev-parse", "HEAD"])).trim();
  const hosted = { name: "org/actions", server: "https://github.com" };
  const { tree } = await makeReleaseTree(git, source, hosted, TAG);
  const commit = await makeReleaseCommit(git, tree, source, TAG);
  const released = path.join(folder.path, "released");
  mkdirSync(released);
  const archive = execFileSync("git", ["archive", commit], { cwd: clone, maxBuffer: 512 * 1024 * 1024 });
  execFileSync("tar", ["-x", "-C", released], { input: archive });
  const repositories: Record<string, string> = { [`org/actions@${TAG}`]: released };
  for (const [pin, { inputs, script }] of Object.entries(STAND_INS)) {
    const standIn = path.join(folder.path, pin.replace(/.*\/|@.*/g, ""));
    mkdirSync(standIn);
    const runs = { using: "node24", main: "index.js" };
    const names = Object.fromEntries(inputs.map((input) => [input, { description: input }]));
    const manifest = { name: "Stand-in", description: pin, inputs: names, runs };
    writeFileSync(path.join(standIn, "action.yml"), stringify(manifest));
    writeFileSync(path.join(standIn, "index.js"), script);
    repositories[pin] = standIn;
  }
  return repositories;
}
