import type { Annotation } from "./annotations.ts";
import { Cancelled, deadlineError, stopWithProcess } from "./cancellation.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Deferred } from "./deferred.ts";
import { type InputSpec, type InputsOf, readInputs, secretValues } from "./inputs.ts";
import { createLogger, type Logger } from "./logger.ts";
import { isBug, type Outcome, outcomeOf, stoppedOutcome } from "./outcome.ts";
import { maskSecret, publish } from "./publish.ts";
import { Redactor } from "./redactor.ts";
import { neutralizeCommands } from "./remote-text.ts";
import { buildReport } from "./report.ts";

/** What an action's work gets from the edge; it touches nothing else of the process. */
export type Runtime = {
  readonly log: Logger;
  readonly clock: Clock;
  /** Aborts on cancellation and at the deadline; the work then stops, and leaves nothing half-done behind. */
  readonly signal: AbortSignal;
  /** The step's environment, for values that the user names in a config file. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Masks a secret that was not an input (a token out of an answer, say) from here on. */
  readonly addSecret: (value: string) => void;
  /** Registers what has to be undone at the end, however it comes; the last registered goes first. */
  readonly defer: (what: string, undo: () => Promise<void> | void) => void;
};

/** An action: its name, its inputs and its work. */
export type Action<Spec extends InputSpec> = {
  readonly name: string;
  readonly spec: Spec;
  readonly run: (inputs: InputsOf<Spec>, runtime: Runtime) => Promise<Outcome>;
};

/**
 * Runs an action as the runner started it, to the end of the process: reads the inputs, runs the work under the
 * signals and the `timeout`, cleans up, publishes the outcome and exits (0, 1, or 128 + signal when cancelled).
 */
export async function runAction<Spec extends InputSpec>(action: Action<Spec>): Promise<void> {
  process.exitCode = 1; // Whatever goes wrong before the end must not look like success.
  process.stdout.on("error", () => undefined); // The runner has gone (EPIPE): finish the clean-up all the same.
  const startedAt = systemClock.now();
  const redactor = new Redactor();
  const announced = new Set<string>();
  const write = (text: string): void => void process.stdout.write(text);
  const log = createLogger({ write, clean: (text) => neutralizeCommands(redactor.redact(text)) });
  const addSecret = (value: string): void => maskSecret(redactor, value, announced);
  for (const value of secretValues(action.spec, process.env)) addSecret(value);

  const stop = new AbortController();
  const overdue = stopWithProcess(stop, log);
  const deferred = new Deferred();
  const runtime: Runtime = {
    log,
    clock: systemClock,
    signal: stop.signal,
    env: process.env,
    addSecret,
    defer: (what, undo) => deferred.add(what, undo),
  };
  const ended = await Promise.race([
    perform(action, runtime, stop),
    overdue.work.then(() => outcomeOf(action.name, stop.signal.reason)),
  ]);
  await Promise.race([deferred.undoAll(), overdue.cleanUp]);

  const { reason } = stop.signal;
  const broken = isBug(reason) && !(reason instanceof Cancelled) && ended.failures.length === 0;
  const outcome = broken ? stoppedOutcome(action.name, ended, reason) : ended;
  const left = deferred.left();
  const ref = process.env["GITHUB_ACTION_REF"] ?? "";
  const facts = { action: action.name, ref, startedAt, finishedAt: systemClock.now(), left };
  const warnings = warningsOf(action.name, left, redactor.weak());
  const published = await publish(
    { ...outcome, annotations: [...warnings, ...(outcome.annotations ?? [])] },
    buildReport(facts, outcome),
    { action: action.name, redactor, env: process.env, write },
  );
  await logWritten();
  process.exit(exitCodeOf(outcome, reason) || (published ? 0 : 1));
}

// A reader that has stopped reading must not keep us.
const LOG_MS = 1_000;

/** Waits until the log is out: where stdout is a socket, `process.exit` would drop what is still queued. */
function logWritten(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write("", () => resolve());
    setTimeout(resolve, LOG_MS);
  });
}

async function perform<Spec extends InputSpec>(
  action: Action<Spec>,
  runtime: Runtime,
  stop: AbortController,
): Promise<Outcome> {
  const { signal, log } = runtime;
  try {
    const inputs = readInputs(action.spec, process.env);
    const timeout = "timeout" in inputs ? inputs.timeout : undefined;
    // Unreferenced: work that waits for nothing any more is noticed before its deadline.
    if (typeof timeout === "number") setTimeout(() => stop.abort(deadlineError(timeout)), timeout).unref();
    const outcome = await action.run(inputs, runtime);
    if (!signal.aborted || outcome.failures.length > 0) return outcome;
    return stoppedOutcome(action.name, outcome, signal.reason);
  } catch (thrown) {
    // What an aborted operation throws is a consequence; the signal's reason is the cause.
    if (signal.aborted) return outcomeOf(action.name, signal.reason);
    if (isBug(thrown)) log.info(thrown.stack ?? String(thrown));
    return outcomeOf(action.name, thrown);
  }
}

/** What the user should know though it fails nothing. */
function warningsOf(action: string, left: readonly string[], weakSecrets: number): Annotation[] {
  const warnings: string[] = [];
  if (left.length > 0) warnings.push(`Not cleaned up: ${left.join("; ")}.`);
  if (weakSecrets > 0) {
    warnings.push(
      `Not masked because shorter than four characters: ${weakSecrets} of the secrets. Use longer ones.`,
    );
  }
  return warnings.map((message) => ({ level: "warning", title: action, message }));
}

function exitCodeOf(outcome: Outcome, reason: unknown): number {
  if (outcome.failures.length === 0) return 0;
  return reason instanceof Cancelled ? reason.exitCode : 1;
}
