import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { locate } from "./needs.ts";
import { freePort } from "./ports.ts";
import { start } from "./started.ts";
import { makeTempDir } from "./temp-dir.ts";

type ActRun = {
  /** The files of the repository whose workflow runs, by path; the workflow is one of them. */
  readonly files: Readonly<Record<string, string>>;
  /** Path of the workflow among the files. */
  readonly workflow: string;
  /** Default: push. */
  readonly event?: string;
  /** The event's payload. */
  readonly payload?: unknown;
  /** Folders that stand for repositories: `{ "org/actions@v1": "/…" }`. No other may be used but actions/checkout. */
  readonly repositories?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** What `vars` holds. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Serves upload-artifact and download-artifact. Default: false. */
  readonly artifacts?: boolean;
  /** Milliseconds after which it is killed, and the test fails. Default: 120,000. */
  readonly timeout?: number;
};

const lineSchema = z.object({
  level: z.string(),
  msg: z.string(),
  /** Workflow and job, as in `ci.yml/deploy`. */
  job: z.string().optional(),
  jobID: z.string().optional(),
  jobResult: z.string().optional(),
  /** Name of the step, or what it runs. */
  step: z.string().optional(),
  /** The ids of the step and of the composite steps around it. */
  stepID: z.array(z.string()).optional(),
  stepResult: z.string().optional(),
  /** The workflow command in this line: error, set-output, summary … */
  command: z.string().optional(),
  arg: z.string().optional(),
  name: z.string().optional(),
  kvPairs: z.record(z.string(), z.string()).nullish(),
  content: z.string().optional(),
  /** What a step wrote, as opposed to what act says about it. */
  raw_output: z.boolean().optional(),
});

export type ActLine = z.infer<typeof lineSchema>;

export type ActResult = {
  readonly exitCode: number | null;
  readonly lines: readonly ActLine[];
  /** What the steps wrote, as it came. */
  readonly output: string;
  /** Everything that act wrote, for a failure's message. */
  readonly log: string;
  /** success or failure by job id; a job that did not start is absent. */
  readonly jobs: Readonly<Record<string, string>>;
};

/**
 * Runs a workflow under nektos/act on this machine, without containers, in a repository made for it. Tests that
 * use it {@link needs} "act". Its jobs see neither the environment nor the home of the test.
 *
 * Not as on GitHub, and so not to be tested here: cancelling (act kills at once), `permissions`, `concurrency`,
 * `environment`, `services`, job timeouts, and failures of called workflows, after which the caller's later jobs
 * do not run.
 */
export async function runAct(run: ActRun): Promise<ActResult> {
  refuseDownloads(run);
  const directory = makeTempDir("act");
  try {
    const inside = (...parts: string[]) => path.join(directory.path, ...parts);
    const env = {
      HOME: inside("home"),
      // Host mode runs the first `node` on PATH whatever the action's `using` says.
      PATH: `${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
      LANG: "C.UTF-8",
    };
    mkdirSync(env.HOME);
    makeRepository(inside("repository"), run.files, env);
    const act = await start({
      command: locate("act"),
      args: await actArguments(run, inside),
      cwd: inside("repository"),
      env,
      ready: async () => true,
    });
    const timer = setTimeout(() => act.kill(), run.timeout ?? 120_000);
    const { code, signal } = await act.exited;
    clearTimeout(timer);
    if (signal !== null) throw new Error(`act was ended by ${signal}. Its output:\n${act.log()}`);
    return readResult(code, act.log());
  } finally {
    directory.remove();
  }
}

/** Act's offline mode still clones what it has not got yet, so this is found out before it starts. */
function refuseDownloads({ files, repositories = {} }: ActRun): void {
  for (const [file, text] of Object.entries(files)) {
    if (!/\.ya?ml$/.test(file)) continue;
    for (const [, repository, ref] of text.matchAll(
      /\buses["']?:\s*["']?([\w.-]+\/[\w.-]+)[^\s"'@]*@([^\s"',}]+)/g,
    )) {
      // act copies the repository itself in place of a checkout.
      if (repository === "actions/checkout" || `${repository}@${ref}` in repositories) continue;
      throw new Error(`${file} uses ${repository}@${ref}, which act would download: name a folder for it`);
    }
  }
}

function makeRepository(
  directory: string,
  files: ActRun["files"],
  env: Readonly<Record<string, string>>,
): void {
  for (const [name, text] of Object.entries(files)) {
    const place = path.join(directory, name);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.invalid", ...args], {
      cwd: directory,
      env: { ...env, GIT_CONFIG_NOSYSTEM: "1" },
      stdio: "pipe",
    });
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("commit", "--quiet", "--message=test");
}

async function actArguments(run: ActRun, inside: (name: string) => string): Promise<string[]> {
  const variables = (name: string, values: Readonly<Record<string, string>> = {}) => {
    // By its name act takes the file for YAML, which JSON is; the .env form cannot carry every character.
    const file = inside(`${name}.yml`);
    const json = JSON.stringify(values).replace(
      /[\u0085\u2028\u2029]/g, // line breaks in YAML 1.1, and not in JSON
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    writeFileSync(file, json, { mode: 0o600 });
    return file;
  };
  writeFileSync(inside("event.json"), JSON.stringify(run.payload ?? {}));
  const args = [
    run.event ?? "push",
    "--json",
    ...["--workflows", run.workflow],
    ...["--platform", "ubuntu-latest=-self-hosted"],
    ...["--eventpath", inside("event.json")],
    ...["--defaultbranch", "main"],
    ...["--env-file", variables("env", run.env)],
    ...["--secret-file", variables("secrets", run.secrets)],
    ...["--var-file", variables("vars", run.vars)],
    // No looking for newer versions, and no server on an outward address.
    ...["--action-offline-mode", "--no-cache-server"],
  ];
  for (const [name, folder] of Object.entries(run.repositories ?? {}))
    args.push("--local-repository", `${name}=${folder}`);
  if (run.artifacts === true)
    args.push(
      ...["--artifact-server-path", inside("artifacts")],
      ...["--artifact-server-addr", "127.0.0.1", "--artifact-server-port", String(await freePort())],
    );
  return args;
}

/** What came of a run of act with `--json`, by what it wrote. */
export function readResult(exitCode: number | null, log: string): ActResult {
  const lines = log
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => lineSchema.parse(JSON.parse(line)));
  const results = lines.flatMap(({ jobID, jobResult }) =>
    jobID === undefined || jobResult === undefined ? [] : [[jobID, jobResult] as const],
  );
  return {
    exitCode,
    lines,
    output: lines.map((line) => (line.raw_output === true ? line.msg : "")).join(""),
    log,
    jobs: Object.fromEntries(results),
  };
}
