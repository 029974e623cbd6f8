import type { Clock } from "../../../shared/runtime/clock.ts";
import type { Logger } from "../../../shared/runtime/logger.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";

export type Phase = { readonly name: string; readonly durationMs: number };

/** What a restore did when, for the report: on the next bad day somebody wants to know how long it will take. */
export class Timeline {
  readonly #phases: Phase[] = [];
  readonly #started: number;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
    this.#started = clock.monotonic();
  }

  /** Runs a phase in a group of the log, with a line of progress now and then; also one that fails counts. */
  async phase<T>(name: string, work: () => Promise<T>, progress?: () => string): Promise<T> {
    const started = this.#clock.monotonic();
    const stop = progress === undefined ? () => undefined : this.#log.progress(progress);
    try {
      return await this.#log.group(name, work);
    } finally {
      stop();
      const durationMs = this.#clock.monotonic() - started;
      this.#phases.push({ name, durationMs });
      this.#log.info(`${name}: ${formatDuration(durationMs)}`);
    }
  }

  get phases(): readonly Phase[] {
    return this.#phases;
  }

  /** Milliseconds since the beginning. */
  total(): number {
    return this.#clock.monotonic() - this.#started;
  }
}
