import type { Clock } from "../../runtime/clock.ts";
import { formatDuration } from "../../runtime/values.ts";
import { mayPass, s3Error } from "./failure.ts";

/** What every request is made with. */
export type Trying = {
  readonly tries: number;
  readonly clock: Pick<Clock, "sleep">;
  /** A line for the log: a request that is sent again, and why. */
  readonly info: (line: string) => void;
};

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Milliseconds before the try of that number, counted from 1: doubled each time, up to 30 s, the half of it random. */
export function pauseBefore(attempt: number, random = Math.random()): number {
  const whole = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 2));
  return attempt <= 1 ? 0 : Math.round(whole / 2 + (whole / 2) * random);
}

/**
 * Does something that may fail in passing until it is done: `tries` times, with pauses that grow. Throws a UserError
 * about `what`, or the signal's reason.
 */
export async function withTries<T>(
  what: string,
  { tries, clock, info }: Trying,
  signal: AbortSignal,
  work: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      signal.throwIfAborted();
      const failure = s3Error(what, error);
      if (attempt >= tries || !mayPass(error)) throw failure;
      const pause = pauseBefore(attempt + 1);
      info(`${failure.message} Try ${attempt + 1} of ${tries} in ${formatDuration(pause)}.`);
      await clock.sleep(pause, signal);
    }
  }
}
