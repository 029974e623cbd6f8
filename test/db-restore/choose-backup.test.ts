import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseBackup } from "../../actions/db-restore/src/choose-backup.ts";
import type { StoredBackup } from "../../shared/backup/backups.ts";
import type { Manifest, Proof } from "../../shared/backup/manifest.ts";
import { runs } from "../support/effort.ts";

function backup(database: string, snapshotAt: string, level: Proof = "archive"): StoredBackup {
  const manifest = { database, snapshotAt, verification: { level, at: null, durationMs: 0 } };
  return { manifestKey: `${database}/${snapshotAt}.json`, manifest: manifest as Manifest };
}

const none = { select: "latest", before: undefined, database: undefined } as const;
const march = (day: number) => `2026-03-0${day}T03:00:00.000Z`;
const choose = (backups: readonly StoredBackup[], choice: Partial<Parameters<typeof chooseBackup>[1]> = {}) =>
  chosen(backups, choice).backup.manifest.snapshotAt;
const chosen = (backups: readonly StoredBackup[], choice: Partial<Parameters<typeof chooseBackup>[1]> = {}) =>
  chooseBackup({ backups, unreadable: [] }, { ...none, ...choice }, "/backups");

describe("choosing a backup", () => {
  it("takes the newest snapshot, in whatever order they come", () => {
    expect(choose([backup("shop", march(1)), backup("shop", march(3)), backup("shop", march(2))])).toBe(
      march(3),
    );
  });

  it("takes the newest one that is not younger than asked for, that very moment included", () => {
    const all = [backup("shop", march(1)), backup("shop", march(2)), backup("shop", march(3))];
    expect(choose(all, { before: Date.parse(march(2)) })).toBe(march(2));
    expect(choose(all, { before: Date.parse(march(2)) - 1 })).toBe(march(1));
  });

  it("takes one that was proven, and names the newer one that was not, unless that is asked for", () => {
    const all = [
      backup("shop", march(1)),
      backup("shop", march(3), "none"),
      backup("shop", march(2), "none"),
    ];
    expect(choose(all)).toBe(march(1));
    expect(chosen(all).newerUnproven?.manifest.snapshotAt).toBe(march(3));
    expect(chosen([...all, backup("shop", march(4))]).newerUnproven).toBeUndefined();
    expect(choose(all, { select: "latest-even-unproven" })).toBe(march(3));
    expect(chosen(all, { select: "latest-even-unproven" }).newerUnproven).toBeUndefined();
  });

  const refusals: readonly [string, readonly StoredBackup[], Parameters<typeof choose>[1], string, string][] =
    [
      [
        "several databases",
        [backup("a", march(1)), backup("b", march(1))],
        {},
        'several databases: "a", "b"',
        "database",
      ],
      ["no backup at all", [], {}, "does not hold a backup.", "from"],
      ["none of this database", [backup("a", march(1))], { database: "b" }, 'a backup of "b"', "database"],
      ["none so old", [backup("a", march(2))], { before: Date.parse(march(1)) }, "from before", "before"],
      ["none that was proven", [backup("a", march(2), "none")], {}, "verify: none", "select"],
    ];
  for (const [what, backups, choice, message, input] of refusals) {
    it(`refuses ${what}, and names the input`, () => {
      expect(() => choose(backups, choice)).toThrow(
        expect.objectContaining({
          name: "UserError",
          message: expect.stringContaining(message),
          where: { input },
        }),
      );
    });
  }

  it("tells of manifests that could not be read where nothing else is there", () => {
    const unreadable = [{ location: "/backups/a/b.json", why: "it is no JSON" }];
    expect(() => chooseBackup({ backups: [], unreadable }, none, "/backups")).toThrow("it is no JSON");
  });

  it("never takes a backup of another database, or one that is too young", () => {
    const name = fc.constantFrom("a", "b");
    const day = fc.integer({ min: 1, max: 9 });
    const one = fc.tuple(name, day).map(([database, at]) => backup(database, march(at)));
    fc.assert(
      fc.property(fc.array(one), name, day, (backups, database, latest) => {
        const fit = backups.filter(
          ({ manifest }) => manifest.database === database && manifest.snapshotAt <= march(latest),
        );
        const choice = { database, before: Date.parse(march(latest)) };
        if (fit.length === 0) return void expect(() => choose(backups, choice)).toThrow();
        const newest = fit
          .map(({ manifest }) => manifest.snapshotAt)
          .sort()
          .at(-1);
        expect(choose(backups, choice)).toBe(newest);
      }),
      { numRuns: runs(200, 5_000) },
    );
  });
});
