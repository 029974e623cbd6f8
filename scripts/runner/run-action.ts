import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { UserError } from "../../shared/runtime/user-error.ts";
import { removeAfterwards } from "./aftermath.ts";
import type { Annotation } from "./annotation.ts";
import { type CommandFiles, commandFileVariables, createCommandFiles } from "./command-files.ts";
import { jobEnvironment } from "./job-environment.ts";
import { readManifest } from "./manifest.ts";
import { killOrphans, type Orphan } from "./orphans.ts";
import { readAnswers, type StepAnswers } from "./step-answers.ts";
import { stepInputs } from "./step-inputs.ts";
import { type LogLine, StepLog } from "./step-log.ts";
import { type Grace, runnerGrace, type StepExit, StepProcess } from "./step-process.ts";

export type { Annotation } from "./annotation.ts";
export type { LogLine } from "./step-log.ts";

export type RunOptions = {
  /** The folder that holds action.yml and what its `runs.main` names. */
  readonly dir: string;
  /** What stands under `with:`. The defaults of action.yml fill up the rest. */
  readonly inputs?: Readonly<Record<string, string>>;
  /**
   * The step's environment. Of this process's own only PATH and HOME go along; `undefined` takes a variable away.
   * GITHUB_* and RUNNER_* given here replace the ones made up for the job.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The workspace, where the action runs; an empty folder that goes with this process, when absent. */
  readonly cwd?: string;
  /** RUNNER_TEMP; a folder that goes with this process, when absent. */
  readonly temp?: string;
  /** Values masked from the start, as the secrets of a job are. Without them only what the action masks is masked. */
  readonly secrets?: readonly string[];
  readonly stage?: "pre" | "main" | "post";
  /** What an earlier stage saved, for a `post`. */
  readonly state?: Readonly<Record<string, string>>;
  readonly onLine?: (line: LogLine) => void;
  /** The Node that runs the action; this process's own, when absent. */
  readonly node?: string;
  /** The waits of a cancellation; the runner's, when absent. */
  readonly grace?: Grace;
};

export type ActionResult = Omit<StepExit, "startError"> &
  StepAnswers & {
    readonly conclusion: "success" | "failure" | "cancelled";
    readonly ok: boolean;
    /** What a person reads on the run's page: commands carried out, secrets masked. */
    readonly log: string;
    readonly annotations: readonly Annotation[];
    /** How many annotations there were beyond ten of a level. */
    readonly droppedAnnotations: number;
    /** What was asked to be masked, by the caller and by the action. */
    readonly masks: readonly string[];
    /** What the action left running. It has been killed. */
    readonly orphans: readonly Orphan[];
    /** RUNNER_TEMP and GITHUB_WORKSPACE of the run. */
    readonly temp: string;
    readonly workspace: string;
    readonly durationMs: number;
  };

export type RunningAction = {
  readonly done: Promise<ActionResult>;
  /** Cancels as the runner does: SIGINT, 7.5 s, SIGTERM, 2.5 s, SIGKILL. */
  cancel(): void;
  /** Sends one signal to the action's process as soon as that has started. */
  kill(signal: NodeJS.Signals): void;
};

/**
 * Runs a built action on this machine as the runner would: Node 24 on pipes, INPUT_ variables, command files, workflow
 * commands, masks, limits, cancellation. A failing action is a result; `done` rejects with a UserError when there is
 * nothing to run.
 */
export function runAction(options: RunOptions): RunningAction {
  const started = Promise.withResolvers<StepProcess>();
  started.promise.catch(() => undefined); // The rejection is that of `done`.
  const done = run(options, started.resolve);
  done.catch(started.reject);
  const whenStarted = (act: (step: StepProcess) => unknown) =>
    void started.promise.then(act, () => undefined);
  return {
    done,
    cancel: () => whenStarted((step) => step.cancel()),
    kill: (signal) => whenStarted((step) => step.kill(signal)),
  };
}

async function run(options: RunOptions, announce: (step: StepProcess) => void): Promise<ActionResult> {
  const startedAt = performance.now();
  const { script, manifest } = await findScript(options);
  const temp = options.temp ?? temporaryFolder();
  const workspace = path.resolve(options.cwd ?? temporaryFolder());
  await mkdir(workspace, { recursive: true });
  const files = await createCommandFiles(temp);
  const base = await stepEnvironment(options, temp, workspace, files);
  const { variables, warnings } = stepInputs(manifest, options.inputs ?? {}, base);
  const log = new StepLog({
    secrets: options.secrets ?? [],
    workspace,
    debug: base["RUNNER_DEBUG"] === "1",
    onLine: options.onLine ?? (() => undefined),
  });
  for (const warning of warnings) log.annotate("warning", warning);

  const step = new StepProcess({
    node: options.node ?? process.execPath,
    script,
    cwd: workspace,
    env: { ...base, ...variables },
    onLine: (line) => log.read(line),
    grace: options.grace ?? runnerGrace,
  });
  announce(step);
  const { startError, ...exit } = await step.exit;
  const { cancelled } = step;
  if (startError !== undefined) log.fail(`The action's process could not be started: ${startError.message}`);
  const orphans = await killOrphans(base["RUNNER_TRACKING_ID"] ?? "");
  const answers = await readAnswers(files, log);

  const failed = exit.exitCode !== 0 || log.failed;
  const conclusion = cancelled ? "cancelled" : failed ? "failure" : "success";
  return {
    ...exit,
    ...answers,
    conclusion,
    ok: conclusion === "success",
    log: log.text,
    annotations: log.annotations,
    droppedAnnotations: log.droppedAnnotations,
    masks: log.masks,
    orphans,
    temp,
    workspace,
    durationMs: performance.now() - startedAt,
  };
}

async function findScript({ dir, stage = "main" }: RunOptions) {
  const folder = path.resolve(dir);
  const manifest = await readManifest(folder);
  const script = manifest.runs[stage];
  if (script !== undefined) return { script: path.join(folder, script), manifest };
  throw new UserError(`${dir} has no '${stage}' stage: its action.yml does not name a script for it.`, {
    hint: `Add 'runs.${stage}' to action.yml, or run another stage.`,
  });
}

async function stepEnvironment(
  { env = {}, state = {} }: RunOptions,
  temp: string,
  workspace: string,
  files: CommandFiles,
): Promise<Record<string, string>> {
  const eventPath = path.join(temp, "_github_workflow", "event.json");
  await mkdir(path.dirname(eventPath), { recursive: true });
  await writeFile(eventPath, "{}\n");
  const { PATH, HOME } = process.env;
  const merged: Record<string, string | undefined> = {
    PATH,
    HOME,
    ...jobEnvironment(eventPath),
    ...env,
    // Never the caller's: it decides what counts as left behind, and within a real job that would be the job itself.
    RUNNER_TRACKING_ID: `github_${randomUUID()}`,
    RUNNER_TEMP: temp,
    GITHUB_WORKSPACE: workspace,
    ...commandFileVariables(files),
    ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
  };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "action-"));
  removeAfterwards(folder);
  return folder;
}
