import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type Git, gitIn } from "../../scripts/release/git.ts";
import { makeReleaseCommit } from "../../scripts/release/release-commit.ts";
import { makeReleaseTree } from "../../scripts/release/release-tree.ts";
import { makeTempDir } from "../support/temp-dir.ts";

export const TAG = "v0.9.0";

/** What stands in for an action of a third party: its inputs, and what it does in its own way. */
export type StandIn = { readonly inputs: readonly string[]; readonly script: string };

/** Third parties' actions by the pins that deploy.yml has. */
const STAND_INS: Readonly<Record<string, StandIn>> = {
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
};

/** Folders that stand for repositories, as {@link runAct} takes them. */
export type Repositories = Readonly<Record<string, string>>;

/**
 * A release of this repository with the bundles that `npm test` has built, made by the code that makes releases in a
 * scratch clone: what a caller's `uses:` would find at the tag.
 */
export async function makeRelease(): Promise<Repositories> {
  const folder = makeTempDir("release").path;
  const { clone, commit } = await releaseIn(folder, TAG);
  const released = path.join(folder, "released");
  mkdirSync(released);
  const archive = execFileSync("git", ["archive", commit], { cwd: clone, maxBuffer: 512 * 1024 * 1024 });
  execFileSync("tar", ["-x", "-C", released], { input: archive });
  return { [`org/actions@${TAG}`]: released, ...standIns(folder, STAND_INS) };
}

/** The same, published: a bare repository that has it under these tags, of which the first is the whole version. */
export async function publishRelease(tags: readonly [string, ...string[]]): Promise<string> {
  const folder = makeTempDir("published").path;
  const { git, commit } = await releaseIn(folder, tags[0]);
  const bare = path.join(folder, "actions.git");
  await git(["init", "--quiet", "--bare", bare]);
  await git(["push", "--quiet", bare, ...tags.map((tag) => `${commit}:refs/tags/${tag}`)]);
  return bare;
}

/** Folders with what stands in for actions of third parties, by their pins. */
export function standIns(folder: string, actions: Readonly<Record<string, StandIn>>): Repositories {
  const made = Object.entries(actions).map(([pin, { inputs, script }]) => {
    const standIn = path.join(folder, pin.replace(/.*\/|@.*/g, ""));
    mkdirSync(standIn);
    const runs = { using: "node24", main: "index.js" };
    const names = Object.fromEntries(inputs.map((input) => [input, { description: input }]));
    const manifest = { name: "Stand-in", description: pin, inputs: names, runs };
    writeFileSync(path.join(standIn, "action.yml"), stringify(manifest));
    writeFileSync(path.join(standIn, "index.js"), script);
    return [pin, standIn] as const;
  });
  return Object.fromEntries(made);
}

type Released = { readonly git: Git; readonly clone: string; readonly commit: string };

async function releaseIn(folder: string, tag: string): Promise<Released> {
  const clone = path.join(folder, "clone");
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
  const { tree } = await makeReleaseTree(git, source, hosted, tag);
  return { git, clone, commit: await makeReleaseCommit(git, tree, source, tag) };
}
