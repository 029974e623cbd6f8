import { constants } from "node:os";

/** The demo was told to stop. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** 128 and the number of the signal, as shells have it. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`Stopped by ${signal}.`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Aborts at Ctrl-C, at SIGTERM, when the terminal goes away, and when nobody reads the output any more (`| head`).
 * Only the first time counts: a Ctrl-C may arrive twice, from the terminal and from npm.
 */
export function listenForInterruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => controller.abort(new Interrupted(signal)));
  }
  process.stdout.on("error", () => controller.abort(new Interrupted("SIGPIPE")));
  return controller.signal;
}
