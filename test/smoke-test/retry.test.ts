import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attempt } from "../../actions/smoke-test/src/attempt.ts";
import type { Policy } from "../../actions/smoke-test/src/plan.ts";
import { nextStep, retry } from "../../actions/smoke-test/src/retry.ts";
import type { Clock } from "../../shared/runtime/clock.ts";
import { runs } from "../support/effort.ts";

const policy = (changes: Partial<Policy> = {}): Policy => ({
  attempts: 6,
  intervalMs: 10_000,
  backOff: 1,
  retryOn: "any",
  ...changes,
});
const failed = (changes: Partial<Attempt> = {}): Attempt => ({
  problems: ["status: expected 200, got 503"],
  network: false,
  durationMs: 100,
  ...changes,
});
const passed = failed({ problems: [] });

describe("after a failed attempt", () => {
  it.each([
    ["the pause is the interval", policy(), failed(), 1, 60_000, { pauseMs: 10_000 }],
    ["it grows with the back-off", policy({ backOff: 2 }), failed(), 3, 60_000, { pauseMs: 40_000 }],
    [
      "Retry-After makes it longer",
      policy(),
      failed({ retryAfterMs: 30_000 }),
      1,
      60_000,
      { pauseMs: 30_000 },
    ],
    [
      "Retry-After never makes it shorter",
      policy(),
      failed({ retryAfterMs: 1 }),
      1,
      60_000,
      { pauseMs: 10_000 },
    ],
    [
      "no pause stays none, however often it grows",
      policy({ attempts: 1_000, intervalMs: 0, backOff: 10 }),
      failed(),
      400,
      60_000,
      { pauseMs: 0 },
    ],
    ["the last attempt ends it", policy(), failed(), 6, 60_000, { stop: undefined }],
    [
      "an unmet expectation ends it when only the network is retried",
      policy({ retryOn: "network" }),
      failed(),
      1,
      60_000,
      { stop: undefined },
    ],
    [
      "a network failure is retried then",
      policy({ retryOn: "network" }),
      failed({ network: true }),
      1,
      60_000,
      { pauseMs: 10_000 },
    ],
    [
      "a pause that outlasts the timeout is not begun",
      policy(),
      failed(),
      1,
      10_000,
      { stop: "not tried again: the pause is 10 s, and the timeout of the step leaves 10 s" },
    ],
    [
      "nor one that the server asks for",
      policy(),
      failed({ retryAfterMs: 120_000 }),
      1,
      60_000,
      { stop: "not tried again: the server asks to wait 2 min, and the timeout of the step leaves 1 min" },
    ],
  ] as const)("%s", (_name, how, attempt, number, leftMs, expected) => {
    expect(nextStep(how, attempt, number, leftMs)).toEqual(expected);
  });
});

/** A clock that jumps: sleeping takes no time, and is written down. */
function jumpingClock(attemptMs: number) {
  let time = 1_000;
  const pauses: number[] = [];
  const clock: Clock = {
    now: () => time,
    monotonic: () => time,
    sleep: async (ms) => {
      pauses.push(ms);
      time += ms;
    },
  };
  const work = () => {
    time += attemptMs;
  };
  return { clock, pauses, work, now: () => time };
}

describe("trying again", () => {
  const limits = (clock: Clock, deadline: number) => ({
    clock,
    deadline,
    signal: new AbortController().signal,
    onRetry: () => undefined,
  });

  it("stops at the first attempt without problems", async () => {
    const { clock, pauses } = jumpingClock(0);
    const answers = [failed(), failed(), passed];
    const tried = await retry(policy(), limits(clock, 1e9), async () => answers.shift() ?? failed());
    expect(tried).toMatchObject({ attempts: 3, last: passed });
    expect(pauses).toEqual([10_000, 10_000]);
  });

  it("makes retries + 1 attempts at most, begins no pause that reaches the deadline, and never one shorter than asked", async () => {
    const cases = fc.record({
      attempts: fc.integer({ min: 1, max: 8 }),
      intervalMs: fc.integer({ min: 0, max: 5_000 }),
      backOff: fc.double({ min: 1, max: 3, noNaN: true }),
      retryAfterMs: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
      deadlineMs: fc.integer({ min: 0, max: 60_000 }),
      attemptMs: fc.integer({ min: 0, max: 1_000 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ deadlineMs, attemptMs, retryAfterMs, ...how }) => {
        const { clock, pauses, work, now } = jumpingClock(attemptMs);
        const deadline = now() + deadlineMs;
        let attempts = 0;
        const tried = await retry(policy(how), limits(clock, deadline), async () => {
          attempts += 1;
          work();
          return failed(retryAfterMs === undefined ? {} : { retryAfterMs });
        });
        expect(tried.attempts).toBe(attempts);
        expect(attempts).toBeLessThanOrEqual(how.attempts);
        expect(pauses).toHaveLength(attempts - 1);
        // Only an attempt that began before the deadline may end after it.
        expect(now() - attemptMs).toBeLessThan(Math.max(deadline, 1_001));
        for (const pause of pauses)
          expect(pause).toBeGreaterThanOrEqual(Math.max(how.intervalMs, retryAfterMs ?? 0));
        const cutShort = attempts < how.attempts;
        expect(tried.last.problems.at(-1)?.startsWith("not tried again")).toBe(cutShort);
      }),
      { numRuns: runs(300, 10_000) },
    );
  });
});
