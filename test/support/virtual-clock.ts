import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../shared/runtime/clock.ts";

export type VirtualClock = Clock & {
  /** How long somebody has slept so far, in milliseconds. */
  slept(): number;
};

/** A clock that runs as the machine's does, and on which a sleep is over at once: its time has passed all the same. */
export function virtualClock(): VirtualClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    monotonic: () => performance.now() + ahead,
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      ahead += ms;
      // Whoever else waits for this turn of the event loop goes first, as in a real sleep.
      await turn();
      signal.throwIfAborted();
    },
    slept: () => ahead,
  };
}
