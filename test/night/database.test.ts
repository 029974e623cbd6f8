import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { runAction } from "../../scripts/runner/run-action.ts";
import { some } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type Call, ONCALL, type Shift, startWorld, type World } from "./shift.ts";

describe("the nights of a database", needs("act", "postgres-15"), () => {
  let world: World;
  let database: Postgres;
  let drills: Postgres;
  let drillCount = 0;
  let baseline: string;
  const backups = makeTempDir("backups");
  const within = { timeout: 300_000 };
  const stored = () => readdirSync(path.join(backups.path, "postgres"));

  const night = (inputs: Call["inputs"] = {}, secrets: Call["secrets"] = {}): Promise<Shift> =>
    world.run({
      workflow: "database",
      inputs: {
        ...{ subject: "Shop", drift: true, "backup-destination": backups.path },
        ...{ "drift-baseline-file": "db/schema.snapshot", ...inputs },
      },
      secrets: { DATABASE_URL: database.url, ...secrets },
      files: { "db/schema.snapshot": baseline },
    });

  beforeAll(async () => {
    [world, database, drills] = await Promise.all([
      startWorld(),
      startPostgres({ major: 15 }),
      startPostgres({ major: 15 }),
    ]);
    await database.query(
      "CREATE TABLE orders (id int PRIMARY KEY, total int NOT NULL); INSERT INTO orders SELECT n, n FROM generate_series(1, 50) n",
    );
    baseline = await snapshotOf(database);
  }, 180_000);
  afterAll(async () => {
    await Promise.all([world.stop(), database.stop(), drills.stop()]);
    backups.remove();
    expect(world.github.misuses).toEqual([]);
    expect(world.telegram.misuses).toEqual([]);
  });

  const drilled = (inputs: Call["inputs"] = {}): Promise<Shift> => {
    const url = new URL(drills.url);
    url.pathname = `/drill_${++drillCount}`;
    return night(
      { drift: false, drill: true, "drill-image": "", ...inputs },
      { DRILL_DATABASE_URL: url.href },
    );
  };
  const heard = ({ oncall, team }: Shift) => [...oncall, ...team];

  async function expectQuiet(result: Promise<Shift>): Promise<void> {
    const shift = await result;
    expect(shift.jobs["tell"], shift.log).toBe("success");
    expect(heard(shift)).toEqual([]);
    // Quiet because it knows, not because it could not find out.
    expect(shift.output).not.toContain("is not known");
  }

  it("are quiet when all is well: a proven backup, no issue, no message", within, async () => {
    await expectQuiet(night());
    expect(stored().filter((name) => name.endsWith(".json"))).toHaveLength(1);
    expect(world.github.issues).toEqual([]);
  });

  // Each begins and ends with everything well.
  const situations: readonly (readonly [string, () => Promise<void>])[] = [
    [
      "a backup that cannot be restored is told, and the time that recovery took is kept",
      async () => {
        await expectQuiet(drilled());
        const report = () =>
          JSON.parse(readFileSync(path.join(world.artifacts, "restore-drill-1"), "utf8")) as {
            readonly result: string;
            readonly recoverySeconds?: number;
            readonly targetSeconds?: number;
          };
        expect(report()).toMatchObject({ result: "restored", targetSeconds: 1_800 });
        expect(report().recoverySeconds).toBeGreaterThan(0);

        const newest =
          stored()
            .filter((name) => name.includes(".dump"))
            .sort()
            .at(-1) ?? "";
        const file = path.join(backups.path, "postgres", newest.replace(/\.json$/, ""));
        const good = readFileSync(file);
        writeFileSync(
          file,
          good.map((byte, index) => (index === good.length >> 1 ? byte ^ 1 : byte)),
        );
        const damaged = await drilled({ backup: false });
        writeFileSync(file, good);
        expect(damaged.jobs, damaged.log).toMatchObject({ drill: "failure" });
        expect(damaged.jobs["backup"]).not.toBe("success");
        expect(damaged.oncall).toEqual([expect.stringContaining("Shop: drill failed")]);
        expect(report().result).toBe("error");

        const mended = await drilled({ backup: false });
        expect(mended.oncall).toEqual([expect.stringContaining("Shop: drill works again")]);
      },
    ],
    [
      "a backup that fails is told once, to both, and so is that it works again",
      async () => {
        const before = stored().length;
        const url = new URL(database.url);
        url.password = "wrong";
        const broken = { DATABASE_URL: url.href, DRIFT_DATABASE_URL: database.url };
        const failed = await night({}, broken);
        expect(failed.jobs, failed.log).toMatchObject({ backup: "failure", drift: "success" });
        expect(stored()).toHaveLength(before);
        expect(failed.oncall).toHaveLength(1);
        expect(failed.oncall[0]).toContain("Shop: backup failed");
        expect(failed.team).toEqual(failed.oncall);
        expect(heard(failed).join()).not.toContain("wrong");

        await expectQuiet(night({}, broken));
        const well = await night();
        expect(well.oncall).toEqual([expect.stringContaining("Shop: backup works again")]);
      },
    ],
    [
      "drift opens an issue and is told; the same again is quiet; another is told; its end closes the issue",
      async () => {
        await database.query("ALTER TABLE orders ALTER total DROP NOT NULL");
        const drifted = await night();
        expect(drifted.jobs, drifted.log).toMatchObject({ backup: "success", drift: "failure" });
        expect(drifted.team).toEqual([expect.stringContaining("Shop: drift failed")]);
        expect(drifted.team[0]).toMatch(/drift: (critical|major), failing/);
        expect(world.github.issues.filter(({ state }) => state === "open")).toHaveLength(1);

        await expectQuiet(night());
        await database.query("ALTER TABLE orders DROP CONSTRAINT orders_pkey");
        expect((await night()).team).toEqual([expect.stringContaining("Shop: drift fails otherwise")]);

        await database.query("ALTER TABLE orders ALTER total SET NOT NULL, ADD PRIMARY KEY (id)");
        const mended = await night();
        expect(mended.team).toEqual([expect.stringContaining("Shop: drift works again")]);
        expect(mended.oncall).toEqual(mended.team);
        expect(world.github.issues.filter(({ state }) => state === "open")).toEqual([]);
      },
    ],
    [
      "recovery that is too slow, and a backup that is too old, are failures of the drill",
      async () => {
        const slow = await drilled({ backup: false, "recovery-target": "1ms" });
        expect(slow.oncall).toEqual([expect.stringContaining("Shop: drill failed")]);
        expect(slow.oncall[0]).toMatch(/Recovery took [\d.]+ s/);
        expect(slow.log).toContain("recovery-target is 1 ms");
        const old = await drilled({ backup: false, "drill-max-age": "1ms" });
        expect(heard(old)).toEqual([]);
        expect(old.log).toContain("max-age is 1 ms");
        expect((await drilled()).oncall).toHaveLength(1);
      },
    ],
    [
      "a message that was lost is sent the night after",
      async () => {
        const url = new URL(database.url);
        url.password = "wrong";
        const broken = { DATABASE_URL: url.href, DRIFT_DATABASE_URL: database.url };
        world.telegram.chat(ONCALL).standing = "kicked";
        const lost = await night({}, broken);
        world.telegram.chat(ONCALL).standing = undefined;
        expect(lost.jobs).toMatchObject({ backup: "failure", tell: "failure" });
        const again = await night({}, broken);
        expect(again.oncall).toEqual([expect.stringContaining("Shop: backup failed")]);
        await expectQuiet(night({}, broken));
        expect((await night()).oncall).toHaveLength(1);
      },
    ],
  ];

  it.each(some(1, situations))("%s", within, (_name, run) => run());
});

/** What schema-drift writes down of a database as it is. */
async function snapshotOf(database: Postgres): Promise<string> {
  const folder = makeTempDir("snapshot");
  try {
    const { done } = runAction({
      dir: path.join(REPOSITORY, "build/dist/schema-drift"),
      cwd: folder.path,
      inputs: { "database-url": database.url, "baseline-file": "s", "update-baseline": "true" },
    });
    const result = await done;
    expect(result.ok, result.log).toBe(true);
    return readFileSync(path.join(folder.path, "s"), "utf8");
  } finally {
    folder.remove();
  }
}
