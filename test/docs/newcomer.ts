import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { RecordFile } from "../../actions/deploy-record/src/record-file.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { readRecord, stepsOf } from "../deploy-flow/flow.ts";
import { publishRelease, type StandIn, standIns } from "../deploy-flow/release.ts";
import { gitIn } from "../scripts/releasable-repository.ts";
import { type ActResult, readResult } from "../support/act.ts";
import { type GitHubRepository, startGitHubRepository } from "../support/github-repository/server.ts";
import { locate } from "../support/needs.ts";
import { freePort } from "../support/ports.ts";
import { start } from "../support/started.ts";
import { makeTempDir } from "../support/temp-dir.ts";

export type Typed = ActResult & {
  readonly record: RecordFile | undefined;
  readonly steps: Readonly<Record<string, string>>;
  /** All that is there to read; act shows the commands by which values are masked as they are. */
  readonly told: string;
};

/** Somebody with an application in a repository, who types what the README and a page of docs/ say, and nothing else. */
export type Newcomer = {
  readonly github: GitHubRepository;
  /** Where the repository is for a server that pulls it. */
  readonly hosted: string;
  /** Commits these files on a branch, and pushes it; gives the commit's id. */
  readonly push: (files: Readonly<Record<string, string>>, branch?: string) => string;
  /** Puts a file beside the others that is not committed. */
  readonly keep: (file: string, text: string) => void;
  /** Types commands in the repository; what the last one, an act, says. */
  readonly types: (commands: string) => Promise<Typed>;
  readonly stop: () => Promise<void>;
};

/** `.secrets` or `.vars`, as the README says that they are written. */
export const assignments = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");

/**
 * What the README says about act and the whole flow: how the release is fetched, and how a deploy is run. To the letter.
 */
export function readmeCommands(): { readonly clone: string; readonly act: string } {
  const text = readFileSync(path.join(REPOSITORY, "README.md"), "utf8");
  const [, clone = "", act = ""] = /^```sh\n(git clone [^\n]*\n)(.*?)^```$/ms.exec(text) ?? [];
  if (!act.includes(" act push ")) throw new Error("the README has no command for the whole flow any more");
  return { clone, act };
}

/** What the README begins with, a workflow, and how one is run under act with what this repository has built. */
export function readmeExample(): { readonly workflow: string; readonly act: string } {
  const text = readFileSync(path.join(REPOSITORY, "README.md"), "utf8");
  const [, workflow = ""] = /^```yaml\n(.*?)^```$/ms.exec(text) ?? [];
  const [, act = ""] = /^```sh\nnpm run build [^\n]*\n(act push .*?)^```$/ms.exec(text) ?? [];
  if (act === "") throw new Error("the README has no command for a workflow any more");
  return { workflow, act };
}

/** The blocks of a page that show files, by the files' names in templates/. */
export function filesOf(page: string): Readonly<Record<string, string>> {
  const text = readFileSync(path.join(REPOSITORY, "docs", page), "utf8");
  const blocks = text.matchAll(/<!-- generated:templates\/(\S+) -->\n```\w*\n(.*?)```\n<!-- \/generated/gs);
  return Object.fromEntries([...blocks].map(([, name = "", body = ""]) => [name, body]));
}

/**
 * The files of a page that belong into the repository, at the places that their first lines name. What is replaced in them
 * (names, addresses, times) has to be there: an entry that replaces nothing is an error.
 */
export function committed(
  files: Readonly<Record<string, string>>,
  replaced: readonly (readonly [string, string])[],
): Record<string, string> {
  const found = Object.values(files).flatMap((text) => {
    const [, place] = /^# (\.github\/\S+|[\w.-]+\.yml)\n/.exec(text) ?? [];
    return place === undefined ? [] : [[place, text] as const];
  });
  for (const [from] of replaced)
    if (!found.some(([, text]) => text.includes(from))) throw new Error(`no file of the page has ${from}`);
  const put = (text: string) => replaced.reduce((all, [from, to]) => all.replaceAll(from, to), text);
  return Object.fromEntries(found.map(([place, text]) => [place, put(text)]));
}

/** Third parties' actions by the pins of deploy.yml, for a repository that is a real one. */
const STAND_INS: Readonly<Record<string, StandIn>> = {
  "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f": {
    inputs: ["name", "path", "if-no-files-found", "retention-days"],
    script: `import("node:fs").then(({ cpSync }) => {
  // Without a server of artifacts the real one cannot do its work.
  if (!process.env.ACTIONS_RESULTS_URL || !process.env.ACTIONS_RUNTIME_TOKEN) process.exit(1);
  cpSync(process.env.INPUT_PATH, process.env.ARTIFACTS + "/" + process.env.INPUT_NAME);
});
`,
  },
  "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1": {
    inputs: ["ref", "persist-credentials"],
    script: `import("node:child_process").then(({ execFileSync }) => {
  const input = execFileSync("git", ["-C", process.env.SOURCES, "archive", process.env.INPUT_REF]);
  execFileSync("tar", ["-x", "-C", process.env.GITHUB_WORKSPACE], { input });
});
`,
  },
};

/** `env` is what the machine of the newcomer has; `actions` stand in for more of third parties. */
export async function startNewcomer(
  env: Readonly<Record<string, string>> = {},
  actions: Readonly<Record<string, StandIn>> = {},
): Promise<Newcomer> {
  const github = await startGitHubRepository("acme/shop");
  const release = await publishRelease(["v1.2.3", "v1"]);
  const temp = makeTempDir("newcomer");
  // The server's user pulls from here.
  chmodSync(temp.path, 0o755);
  const inside = (...parts: string[]) => path.join(temp.path, ...parts);
  for (const folder of ["home", "bin", "shop", "stand-ins"]) mkdirSync(inside(folder));
  const [shop, hosted, artifacts] = [inside("shop"), inside("shop.git"), inside("uploaded")];
  gitIn(shop, "init", "--quiet", "--initial-branch=main");
  for (const setting of ["user.name=Somebody", "user.email=somebody@example.com"])
    gitIn(shop, "config", ...setting.split("="));
  gitIn(shop, "remote", "add", "origin", "https://github.com/acme/shop");
  gitIn(shop, "init", "--quiet", "--bare", hosted);
  // The one thing that is not as the README has it is where these addresses lead.
  writeFileSync(
    inside("home/.gitconfig"),
    `[url "file://${release}"]\n\tinsteadOf = https://github.com/org/actions\n`,
  );
  const repositories = standIns(inside("stand-ins"), { ...STAND_INS, ...actions });
  const variables = { ...env, GITHUB_API_URL: github.apiUrl, ARTIFACTS: artifacts, SOURCES: shop };
  // What a machine on the internet finds at GitHub, and a port that no other test has.
  const settings = [
    "--json",
    `--artifact-server-port ${await freePort()}`,
    ...Object.entries(repositories).map(([name, folder]) => `--local-repository ${name}=${folder}`),
    ...Object.entries(variables).map(([name, value]) => `--env ${name}=${value}`),
  ];
  writeFileSync(inside("home/.actrc"), settings.map((line) => `${line}\n`).join(""));
  symlinkSync(locate("act"), inside("bin/act"));
  writeFileSync(inside("bin/gh"), `#!/bin/sh\n[ "$*" = "auth token" ] && cat "$HOME/token"\n`, {
    mode: 0o755,
  });
  writeFileSync(inside("home/token"), github.token, { mode: 0o600 });
  const keep = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(shop, file)), { recursive: true });
    writeFileSync(path.join(shop, file), text, {
      mode: file.endsWith(".sh") ? 0o755 : file === ".secrets" ? 0o600 : 0o644,
    });
  };
  return {
    ...{ github, hosted, keep },
    push: (files, branch = "main") => {
      gitIn(shop, "checkout", "--quiet", "-B", branch);
      for (const [file, text] of Object.entries(files)) keep(file, text);
      gitIn(shop, "add", "--", ...Object.keys(files));
      gitIn(shop, "commit", "--quiet", "--allow-empty", "--message", "Change");
      gitIn(shop, "push", "--quiet", "--force", hosted, branch);
      const [sha = "", ...parents] = gitIn(shop, "rev-list", "--parents", "--max-count=1", "HEAD").split(" ");
      github.commits.adopt(sha, ...parents);
      github.branches.set(branch, sha);
      return sha;
    },
    types: async (commands) => {
      rmSync(artifacts, { recursive: true, force: true });
      mkdirSync(artifacts);
      const shell = await start({
        command: "sh",
        args: ["-euc", commands],
        cwd: shop,
        env: {
          HOME: inside("home"),
          PATH: `${inside("bin")}:${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
          LANG: "C.UTF-8",
        },
        ready: async () => true,
      });
      const timer = setTimeout(() => shell.kill(), 150_000);
      const { code } = await shell.exited;
      clearTimeout(timer);
      const result = readResult(code, shell.log());
      const told = JSON.stringify(result.lines.filter(({ command }) => command !== "add-mask"));
      return { ...result, told, record: readRecord(artifacts), steps: stepsOf(result) };
    },
    stop: async () => {
      await github.stop();
      temp.remove();
    },
  };
}
