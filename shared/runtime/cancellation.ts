import { UserError } from "./user-error.ts";
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
 * How long the work may take to stop after it was aborted, in milliseconds. The runner kills the process tree
 * 10 s after SIGINT (ProcessInvoker.cs: 7.5 s, then SIGTERM, then 2.5 s), and the report is still to be written.
 */
export const GRACE_MS = 6_000;
