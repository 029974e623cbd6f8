import { Cancelled, deadlineError, GRACE_MS } from "./cancellation.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type InputSpec, type InputsOf, readInputs, secretValues } from "./inputs.ts";
import { createLogger, type Logger } from "./logger.ts";
import { failuresOf, isBug, type Outcome } from "./outcome.ts";
import { maskSecret, publish } from "./publish.ts";
import { Redactor } from "./redactor.ts";
import { neutralizeCommands } from "./remote-text.ts";
import { buildReport } from "./report.ts";
import { code, heading, paragraph, plain } from "./summary.ts";

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

type Deferred = { readonly what: string; readonly undo: () => Promise<void> | void };

/**
 * Runs an action as the runner started it, to the end of the process: reads the inputs, runs the work under the
 * signals and the `timeout`, cleans up, publishes the outcome and exits (0, 1, or 128 + signal when cancelled).
 */
export async function runAction<Spec extends InputSpec>(action: Action<Spec>): Promise<void> {
  process.exitCode = 1; // Whatever goes wrong before the end must not look like success.
  const startedAt = systemClock.now();
  const redactor = new Redactor();
  const announced = new Set<string>();
  const write = (text: string): void => void process.stdout.write(text);
  const log = createLogger({ write, clean: (text) => neutralizeCommands(redactor.redact(text)) });
  const addSecret = (value: string): void => {
    maskSecret(redactor, value, announced);
  };
  for (const value of secretValues(action.spec, process.env)) addSecret(value);

  const stop = new AbortController();
  const emergency = Promise.withResolvers<Outcome>();
  const deferred: Deferred[] = [];
  const failedUndo: string[] = [];
  stop.signal.addEventListener("abort", () => {
    setTimeout(() => emergency.resolve(outcomeOf(action.name, stop.signal.reason)), GRACE_MS);
  });
  watchProcess(action.name, stop, emergency.resolve, log);

  const runtime: Runtime = {
    log,
    clock: systemClock,
    signal: stop.signal,
    env: process.env,
    addSecret,
    defer: (what, undo) => void deferred.push({ what, undo }),
  };
  const work = perform(action, runtime, stop).then(async (outcome) => {
    await cleanUp(deferred, failedUndo);
    return outcome;
  });
  const outcome = await Promise.race([work, emergency.promise]);

  const left = [...failedUndo, ...deferred.map(({ what }) => what)];
  const ref = process.env["GITHUB_ACTION_REF"] ?? "";
  const report = buildReport(
    { action: action.name, ref, startedAt, finishedAt: systemClock.now(), left },
    outcome,
  );
  if (left.length > 0) log.info(`Not cleaned up: ${left.join("; ")}.`);
  let exitCode = exitCodeOf(outcome, stop.signal);
  try {
    await publish(outcome, report, { action: action.name, redactor, env: process.env, write });
  } catch (error) {
    for (const failure of outcome.failures) log.info(`${failure.title}: ${failure.message}`);
    log.info(
      `The results could not be written: ${String(error)}. Check RUNNER_TEMP and the free disk space.`,
    );
    exitCode = exitCode || 1;
  }
  process.exit(exitCode);
}

async function perform<Spec extends InputSpec>(
  action: Action<Spec>,
  runtime: Runtime,
  stop: AbortController,
): Promise<Outcome> {
  try {
    const inputs = readInputs(action.spec, process.env);
    const timeout = "timeout" in inputs ? inputs.timeout : undefined;
    if (typeof timeout === "number") {
      setTimeout(() => stop.abort(deadlineError(timeout)), timeout);
    }
    const outcome = await action.run(inputs, runtime);
    if (!runtime.signal.aborted || outcome.failures.length > 0) return outcome;
    return { ...outcome, ...pick(outcomeOf(action.name, runtime.signal.reason)) };
  } catch (thrown) {
    // What an aborted operation throws is a consequence; the signal's reason is the cause.
    const cause = runtime.signal.aborted ? runtime.signal.reason : thrown;
    if (isBug(cause) && !(cause instanceof Cancelled)) runtime.log.info(cause.stack ?? String(cause));
    return outcomeOf(action.name, cause);
  }
}

function pick({ result, failures }: Outcome): Pick<Outcome, "result" | "failures"> {
  return { result, failures };
}

/** The outcome of a run that ended by an error or by cancellation. */
function outcomeOf(action: string, thrown: unknown): Outcome {
  const cancelled = thrown instanceof Cancelled;
  const failures = cancelled
    ? [{ title: action, message: thrown.message, hint: "The workflow run was cancelled." }]
    : failuresOf(action, thrown);
  const summary = [heading(3, `${cancelled ? "⏹️" : "❌"} ${action}: ${cancelled ? "cancelled" : "error"}`)];
  for (const { message, hint, where } of failures) {
    const place =
      where?.file === undefined ? "" : `${where.file}${where.line === undefined ? "" : `:${where.line}`} `;
    summary.push(
      paragraph(`${place === "" ? "" : `${code(place.trim())} `}${plain(message)} ${plain(hint ?? "")}`),
    );
  }
  return { result: cancelled ? "cancelled" : "error", failures, outputs: {}, summary, details: {} };
}

function exitCodeOf(outcome: Outcome, signal: AbortSignal): number {
  if (outcome.failures.length === 0) return 0;
  return signal.reason instanceof Cancelled ? signal.reason.exitCode : 1;
}

function watchProcess(
  name: string,
  stop: AbortController,
  end: (outcome: Outcome) => void,
  log: Logger,
): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => stop.abort(new Cancelled(signal)));
  const fail = (thrown: unknown): void => {
    if (isBug(thrown)) log.info(thrown.stack ?? String(thrown));
    end(outcomeOf(name, thrown));
  };
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  // Nothing is left to wait for and the work has not settled: a promise that nobody resolves.
  process.on("beforeExit", () => fail(new Error("the work ended without a result")));
  process.stdout.on("error", () => undefined); // The runner has gone (EPIPE): finish the clean-up all the same.
}

async function cleanUp(deferred: Deferred[], failed: string[]): Promise<void> {
  for (let last = deferred.at(-1); last !== undefined; last = deferred.at(-1)) {
    try {
      await last.undo();
    } catch (error) {
      failed.push(`${last.what} (${String(error)})`);
    }
    // Only now: what the emergency end finds in the list is what was not undone.
    deferred.splice(deferred.lastIndexOf(last), 1);
  }
}
