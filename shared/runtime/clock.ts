import { setTimeout as delay } from "node:timers/promises";

/** Time as the work sees it; tests bring their own. */
export type Clock = {
  /** Milliseconds since 1970, for what people read. */
  readonly now: () => number;
  /** Milliseconds from an arbitrary start that never jump, for measuring. */
  readonly monotonic: () => number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts first. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
