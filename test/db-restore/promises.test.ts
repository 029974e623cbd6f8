import { describe, expect, it } from "vitest";
import { brokenPromises } from "../../actions/db-restore/src/promises.ts";

const MINUTE = 60_000;

describe("the promises of a drill", () => {
  it.each([
    { recoveryTarget: undefined, maxAge: undefined, recoveryMs: 99 * MINUTE, ageMs: 99 * MINUTE, broken: [] },
    {
      recoveryTarget: 30 * MINUTE,
      maxAge: 60 * MINUTE,
      recoveryMs: 30 * MINUTE,
      ageMs: 60 * MINUTE,
      broken: [],
    },
    { recoveryTarget: 30 * MINUTE, recoveryMs: 30 * MINUTE + 1, ageMs: 0, broken: ["recovery is too slow"] },
    { maxAge: 60 * MINUTE, recoveryMs: 1, ageMs: 60 * MINUTE + 1, broken: ["the backup is too old"] },
    // A dry run recovers nothing, and sees all the same how old the backup is.
    {
      ...{ recoveryTarget: 1, maxAge: 1, recoveryMs: undefined, ageMs: 2, broken: ["the backup is too old"] },
    },
    {
      ...{ recoveryTarget: 1, maxAge: 1, recoveryMs: 2, ageMs: 2 },
      broken: ["recovery is too slow", "the backup is too old"],
    },
  ])("broken by $recoveryMs ms and a backup $ageMs ms old: $broken", ({ broken, ...one }) => {
    const { recoveryTarget, maxAge, recoveryMs, ageMs } = {
      recoveryTarget: undefined,
      maxAge: undefined,
      ...one,
    };
    const failures = brokenPromises({ recoveryTarget, maxAge }, { recoveryMs, ageMs });
    expect(failures.map(({ title }) => title.replace("db-restore: ", ""))).toEqual(broken);
  });
});
