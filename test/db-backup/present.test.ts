import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timeForRetention, timeForSweeping } from "../../actions/db-backup/src/present.ts";

const HOUR = 3_600_000;
const time = fc.integer({ min: 0, max: 4e12 });

describe("what counts as now", () => {
  test("for retention is the runner's time hours after the snapshot, and the snapshot's where the server is a little ahead", () => {
    expect(timeForRetention(10 * HOUR, 2 * HOUR)).toBe(10 * HOUR);
    expect(timeForRetention(10 * HOUR, 10 * HOUR + 60_000)).toBe(10 * HOUR + 60_000);
  });

  test("for retention is at most minutes after the runner's time, and a day after the server's, whichever is ahead", () => {
    fc.assert(
      fc.property(time, time, (runner, snapshot) => {
        const now = timeForRetention(runner, snapshot);
        expect(now).toBeLessThanOrEqual(runner + 5 * 60_000);
        expect(now).toBeLessThanOrEqual(snapshot + 24 * HOUR);
      }),
    );
  });

  test("for what other runs have begun is never after either of the two", () => {
    expect(timeForSweeping(2, 1)).toBe(1);
    expect(timeForSweeping(1, 2)).toBe(1);
  });
});
