import type { Logger } from "./logger.ts";
import { UserError, UserErrors } from "./user-error.ts";
import { formatDuration } from "./values.ts";

/** Why the work was stopped from outside: the runner sends SIGINT, then SIGTERM 7.5 s later. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
  readonly signal: "SIGINT" | "SIGTERM";

  constructor(signal: "SIGINT" | "SIGTERM") {
    super(`Cancelled (${signal}).`);
    this.signal = signal;
  }

  /** 128 + the signal's number, as shells report it. */
  get exitCode(): number {
    return this.signal === "SIGINT" ? 130 : 143;
  }
}

/** The error for work that was not done when the action's own `timeout` ended. */
export function deadlineError(timeoutMs: number): UserError {
  return new UserError(`The timeout of ${formatDuration(timeoutMs)} ended before the work was done.`, {
    hint: "Raise the input 'timeout', or see in the log what took so long.",
    where: { input: "timeout" },
  });
}

/**
 * How long a run that was told to stop may take, in milliseconds: the work, and then the work and the clean-up together.
 * The runner kills the process tree 10 s after SIGINT (ProcessInvoker.cs: 7.5 s, then SIGTERM, then 2.5 s), and the
 * report is still to be written.
 */
const STOP_MS = 4_000;
const GRACE_MS = 5_500;

/** Each resolves when that part of the run is not waited for any longer. */
export type Overdue = { readonly work: Promise<void>; readonly cleanUp: Promise<void> };

/**
 * Aborts the controller when the process is told to stop, and when something goes wrong behind the work's back: an
 * exception or a rejection that nobody caught, or nothing left to wait for. Listens until the process ends.
 */
export function stopWithProcess(stop: AbortController, log: Pick<Logger, "info">): Overdue {
  const work = Promise.withResolvers<void>();
  const cleanUp = Promise.withResolvers<void>();
  stop.signal.addEventListener("abort", () => {
    // Unreferenced, so that a process with nothing else to wait for gets to "beforeExit" below.
    setTimeout(work.resolve, STOP_MS).unref();
    setTimeout(cleanUp.resolve, GRACE_MS).unref();
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => stop.abort(new Cancelled(signal)));
  }
  const onStray = (thrown: unknown): void => {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    // Of promises that nobody awaits any more, the abort itself rejects some.
    if (stop.signal.aborted && (thrown === stop.signal.reason || error.name === "AbortError")) return;
    if (!(error instanceof UserError || error instanceof UserErrors)) log.info(error.stack ?? String(error));
    stop.abort(error);
  };
  process.on("uncaughtException", onStray);
  process.on("unhandledRejection", onStray);
  const stuck = [work, cleanUp];
  process.on("beforeExit", () => {
    const part = stuck.shift();
    if (part === undefined) return;
    stop.abort(new Error("the work waits for something that can never happen"));
    part.resolve();
    setImmediate(() => undefined); // One more turn: comes back here when that was not enough.
  });
  return { work: work.promise, cleanUp: cleanUp.promise };
}
