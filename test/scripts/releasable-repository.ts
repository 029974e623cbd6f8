import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import path from "node:path";
import { buildActions } from "../../scripts/build.ts";
import { makeScratchRepository, type ScratchRepository } from "./scratch-repository.ts";

/** The `${{ … }}` of a workflow. */
const expression = (text: string) => `$\{{ ${text} }}`;

const files = {
  "actions/hello/action.yml":
    "name: Hello\ndescription: Says hello\ninputs:\n  who: { default: world }\nruns:\n  using: node24\n  main: index.js\n",
  "actions/hello/README.md":
    "# hello\n\n[All actions](../../README.md), [its main](src/main.ts), [other](../other/README.md)\n",
  "actions/hello/src/main.ts": `console.log("hello", process.env["INPUT_WHO"]);\n`,
  "actions/hello/report.schema.json": "{}\n",
  "actions/other/action.yml": "name: Other\ndescription: Another\nruns:\n  using: node24\n  main: index.js\n",
  "actions/other/README.md": "# other\n",
  "actions/other/src/main.ts": `console.log("other");\n`,
  "README.md": "# Actions\n\n[hello](actions/hello/README.md), [contributing](CONTRIBUTING.md#dist)\n",
  "CONTRIBUTING.md": "# Contributing\n",
  LICENSE: "MIT\n",
  "SECURITY.md": "# Security\n",
  "CHANGELOG.md": ["1.0.0", "1.0.1", "1.1.0", "1.2.0", "2.0.0"]
    .map((version) => `## [${version}] - 2026-01-01\n\n### Added\n\n- what ${version} brings\n`)
    .join("\n"),
  "action-catalog.md": "# Catalog\n",
  ".github/workflows/ci.yml": "on: push\njobs: {}\n",
  ".github/workflows/deploy.yml": [
    "on:",
    "  workflow_call:",
    "    inputs: { who: { type: string } }",
    "jobs:",
    "  deploy:",
    "    runs-on: ubuntu-latest",
    "    steps:",
    "      - uses: org/actions/hello@main # ours",
    `        with: { who: "${expression("inputs.who")}" }`,
    "      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    "",
  ].join("\n"),
};

export type ReleasableRepository = ScratchRepository & {
  /** Runs git in it and gives what it printed, trimmed. */
  git(...args: readonly string[]): string;
  commit(): void;
};

/** A repository with two built and committed actions, and everything else that a release takes. */
export async function makeReleasableRepository(): Promise<ReleasableRepository> {
  const scratch = makeScratchRepository({ shared: false });
  const git = (...args: readonly string[]) => gitIn(scratch.root, ...args);
  const commit = () => {
    git("add", "--all");
    git("commit", "--quiet", "--message", "Change");
  };
  scratch.write(files);
  git("init", "--quiet", "--initial-branch=main");
  for (const setting of ["user.name=Somebody", "user.email=somebody@example.com", "core.autocrlf=false"]) {
    git("config", ...(setting.split("=") as [string, string]));
  }
  // node_modules is a link here, which the .gitignore of a folder does not cover.
  appendFileSync(path.join(scratch.root, ".git/info/exclude"), "node_modules\n");
  await buildActions({ root: scratch.root, outDir: "dist" });
  commit();
  return { ...scratch, git, commit };
}

/** Runs git with no configuration but the repository's, and gives what it printed, trimmed. */
export function gitIn(folder: string, ...args: readonly string[]): string {
  const env = { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  return execFileSync("git", args, {
    cwd: folder,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}
