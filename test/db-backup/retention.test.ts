import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  planRetention,
  type RetentionPlan,
  type RetentionRules,
} from "../../actions/db-backup/src/retention.ts";
import type { StoredBackup } from "../../shared/backup/backups.ts";
import { PROOFS } from "../../shared/backup/manifest.ts";
import { storedBackup } from "./stored-backup.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-11-21T12:00:00Z");

const proven = ({ manifest }: StoredBackup): boolean => manifest.verification.level !== "none";
const keyOf = ({ manifestKey }: StoredBackup): string => manifestKey;
const timeOf = ({ manifest }: StoredBackup): number => Date.parse(manifest.snapshotAt);
const kept = (plan: RetentionPlan): Set<string> => new Set(plan.keep.map(({ backup }) => keyOf(backup)));
const removed = (plan: RetentionPlan): Set<string> => new Set(plan.remove.map(({ backup }) => keyOf(backup)));
const plan = (backups: readonly StoredBackup[], rules: RetentionRules, now = NOW): RetentionPlan =>
  planRetention({ backups, removing: [], flawed: new Map() }, "shop", rules, now);

/** Backups of the days before now, by their age in days; `u` marks an unproven one. */
function ages(text: string): StoredBackup[] {
  return text.split(" ").map((age, index) =>
    storedBackup({
      at: NOW - Number.parseFloat(age) * DAY,
      proof: age.endsWith("u") ? "none" : "archive",
      unique: `a${index}`,
    }),
  );
}

describe("retention, case by case", () => {
  const cases: readonly (readonly [rules: RetentionRules, backups: string, kept: string])[] = [
    [{}, "1 2 300", "1 2 300"],
    [{ keepLast: 2 }, "0 1 2 3", "0 1"],
    [{ keepLast: 9 }, "0 1 2 3", "0 1 2 3"],
    [{ keepLast: 0 }, "0 1 2", "0"],
    [{ days: 2 }, "0 1 2 3", "0 1"],
    [{ days: 2 }, "5 6 7", "5"],
    [{ days: 0 }, "0 1", "0"],
    [{ keepLast: 2, days: 4 }, "3 5 6 7", "3 5"],
    // Unproven ones never count, and are no reason for a proven one to go.
    [{ keepLast: 2 }, "0 1u 2u 3 4 5u", "0 1u 2u 3"],
    [{ keepLast: 2 }, "0u 1u 2u", "0u 1u 2u"],
    [{ days: 3 }, "0 1u 2u 9u 9", "0 1u 2u"],
    // Three a day: the newest of each of two days, and not the day before yesterday.
    [{ keepDaily: 2 }, "0 0.1 0.2 1 1.1 1.2 2 2.1", "0 1"],
    // Days without a backup take no place.
    [{ keepDaily: 2 }, "0 5 9", "0 5"],
    [{ keepDaily: 2 }, "0u 0.1 1u 1.1u 2 3", "0.1 1u 2"],
    // 2026-11-21 is a Saturday: weeks end a day later.
    [{ keepWeekly: 2 }, "0 5 6 12 13", "0 6"],
    [{ keepMonthly: 2 }, "0 20 21 50 51 60", "0 21"],
    [{ keepLast: 1, keepMonthly: 3 }, "0 1 2 30 60 90", "0 30 60"],
    // What is dated later is kept, and takes no place.
    [{ keepLast: 1 }, "-1 -0.1 0 1", "-1 -0.1 0"],
  ];
  test.each(cases)("%j of backups %s days old keeps %s", (rules, backups, expected) => {
    const all = ages(backups);
    const labels = backups.split(" ");
    const result = kept(plan(all, rules));
    expect(labels.filter((_, index) => result.has(keyOf(all[index] as StoredBackup))).join(" ")).toBe(
      expected,
    );
  });

  test("weeks are those of ISO 8601, also around New Year", () => {
    // 2026-12-31 is a Thursday: 2027-01-03 still lies in the week 2026-W53.
    const days = ["2026-12-31", "2027-01-01", "2027-01-03", "2027-01-04"];
    const all = days.map((day) => storedBackup({ at: Date.parse(`${day}T01:00:00Z`) }));
    const { keep } = planRetention(
      { backups: all, removing: [], flawed: new Map() },
      "shop",
      { keepWeekly: 9 },
      Date.parse("2027-02-01"),
    );
    expect(keep.map(({ reasons }) => reasons.at(-1))).toEqual([
      "newest of week 2027-W01",
      "newest of week 2026-W53",
    ]);
  });

  test("what is said of a backup names every rule that keeps it, or its age", () => {
    const { keep, remove } = plan(ages("0 40"), { keepLast: 1, keepDaily: 1, days: 30 });
    expect(keep[0]?.reasons).toEqual([
      "the newest proven one",
      "1 of the last 1",
      "younger than 30 d",
      "newest of day 2026-11-21",
    ]);
    expect(remove[0]?.reason).toBe("40 d old, and no rule keeps it");
  });

  test("what this run has made stays, though another run's is newer or a clock was wrong", () => {
    const all = ages("0 1 400");
    for (const own of all) {
      const { keep, remove } = planRetention(
        { backups: all, removing: [], flawed: new Map() },
        "shop",
        { keepLast: 1 },
        NOW,
        own.manifest.object.key,
      );
      expect(keep.map(({ backup }) => backup)).toContain(own);
      expect(remove).toHaveLength(own === all[0] ? 2 : 1);
    }
  });

  test("a removal that was begun is gone on with, and counts for nothing", () => {
    const [a, b, c] = ages("0 1 2") as [StoredBackup, StoredBackup, StoredBackup];
    const result = planRetention(
      { backups: [a, c], removing: [b], flawed: new Map() },
      "shop",
      { keepLast: 2 },
      NOW,
    );
    expect([kept(result), removed(result)]).toEqual([new Set([keyOf(a), keyOf(c)]), new Set([keyOf(b)])]);
  });
});

const backup = fc
  .record({
    database: fc.constantFrom("shop", "shop", "shop", "shop2", "Shop"),
    at: fc.integer({ min: -400 * 24, max: 3 * 24 }).map((hours) => NOW + hours * 3_600_000),
    proof: fc.constantFrom(...PROOFS),
    unique: fc.stringMatching(/^[0-9a-f]{4}$/),
  })
  .map(storedBackup);
const stock = fc.uniqueArray(backup, { maxLength: 60, selector: keyOf });
const rule = fc.option(fc.nat({ max: 12 }), { nil: undefined });
const ruleSet = fc.record({
  days: rule,
  keepLast: rule,
  keepDaily: rule,
  keepWeekly: rule,
  keepMonthly: rule,
});
const ruled = ruleSet.filter((rules) => Object.values(rules).some((value) => value !== undefined));

describe("retention, whatever there is", () => {
  const own = (all: readonly StoredBackup[]) => all.filter(({ manifest }) => manifest.database === "shop");
  const past = (all: readonly StoredBackup[]) => own(all).filter((each) => timeOf(each) <= NOW);

  test("every backup of the database is either kept or removed, and none of another", () => {
    fc.assert(
      fc.property(stock, ruleSet, (all, rules) => {
        const result = plan(all, rules);
        const named = [...kept(result), ...removed(result)].sort();
        expect(named).toEqual(own(all).map(keyOf).sort());
      }),
    );
  });

  test("it keeps what any of the rules alone keeps, and nothing more: a union", () => {
    fc.assert(
      fc.property(stock, ruled, (all, rules) => {
        const alone = Object.entries(rules)
          .filter(([, value]) => value !== undefined)
          .flatMap(([name, value]) => [...kept(plan(all, { [name]: value }))]);
        expect(kept(plan(all, rules))).toEqual(new Set(alone));
      }),
    );
  });

  test("adding a rule, or a larger number, never removes more", () => {
    fc.assert(
      fc.property(stock, ruled, ruleSet, (all, rules, more) => {
        const larger = Object.fromEntries(
          Object.keys(rules).map((name) => {
            const [one, other] = [rules[name as keyof typeof rules], more[name as keyof typeof more]];
            return [name, one === undefined ? other : one + (other ?? 0)];
          }),
        );
        for (const key of removed(plan(all, larger))) expect(removed(plan(all, rules))).toContain(key);
      }),
    );
  });

  test("the last proven ones stay: as many as keep-last says, and one in any case", () => {
    fc.assert(
      fc.property(stock, ruled, (all, rules) => {
        const result = kept(plan(all, rules));
        const before = past(all)
          .filter(proven)
          .sort((a, b) => timeOf(b) - timeOf(a));
        const floor = Math.min(before.length, Math.max(1, rules.keepLast ?? 0));
        expect(before.filter((each) => result.has(keyOf(each))).length).toBeGreaterThanOrEqual(floor);
        // By time: whatever is younger than the youngest removed proven one is at least as many.
        const gone = before.findIndex((each) => !result.has(keyOf(each)));
        if (gone !== -1)
          expect(
            before.filter((each) => timeOf(each) >= timeOf(before[gone] as StoredBackup)).length,
          ).toBeGreaterThan(floor - 1);
      }),
    );
  });

  test("nothing dated in the future is removed, nor is it a reason to remove anything", () => {
    fc.assert(
      fc.property(stock, ruled, (all, rules) => {
        const result = plan(all, rules);
        for (const { backup: gone } of result.remove) expect(timeOf(gone)).toBeLessThanOrEqual(NOW);
        expect(removed(result)).toEqual(removed(plan(past(all), rules)));
      }),
    );
  });

  test("an unproven backup never makes a proven one go", () => {
    fc.assert(
      fc.property(stock, ruled, (all, rules) => {
        const without = plan(all.filter(proven), rules);
        const gone = [...removed(plan(all, rules))].filter((key) =>
          proven(all.find((each) => keyOf(each) === key) as StoredBackup),
        );
        expect(new Set(gone)).toEqual(removed(without));
      }),
    );
  });

  test("once it was carried out, there is nothing left to do", () => {
    fc.assert(
      fc.property(stock, ruleSet, (all, rules) => {
        const left = plan(all, rules).keep.map(({ backup: each }) => each);
        expect(plan(left, rules).remove).toEqual([]);
      }),
    );
  });

  test("the order in which backups are listed does not matter, nor do the names of the files", () => {
    fc.assert(
      fc.property(stock, ruleSet, (all, rules) => {
        const renamed = all.toReversed().map((each, index) => ({ ...each, manifestKey: `zz${index}` }));
        const times = (of: RetentionPlan) => of.remove.map(({ backup: each }) => timeOf(each)).sort();
        const unique = new Set(own(all).map(timeOf)).size === own(all).length;
        fc.pre(unique);
        expect(times(plan(renamed, rules))).toEqual(times(plan(all, rules)));
      }),
    );
  });

  test("without rules, nothing goes", () => {
    fc.assert(
      fc.property(stock, (all) => {
        expect(plan(all, {}).remove).toEqual([]);
      }),
    );
  });
});
