import { readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { runAction } from "../../scripts/runner/run-action.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type Call, type Shift, startWorld, type World } from "./shift.ts";

describe("the nights of a database", needs("act", "postgres-15"), () => {
  let world: World;
  let database: Postgres;
  let drills: Postgres;
  const drill = 0;
  let baseline: string;
  const backups = makeTempDir("backups");
  const within = { timeout: 180_000 };
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
  }, 60_000);
  afterAll(async () => {
    await Promise.all([world.stop(), database.stop(), drills.stop()]);
    backups.remove();
    expect(world.github.misuses).toEqual([]);
    expect(world.telegram.misuses).toEqual([]);
  });

  it("are quiet when all is well", within, async () => {
    const result = await night();
    expect(result.jobs, result.log).toMatchObject({ backup: "success", drift: "success", tell: "success" });
    expect(stored().filter((name) => name.endsWith(".json"))).toHaveLength(1);
    expect([...result.oncall, ...result.team]).toEqual([]);
    expect(world.github.issues).toEqual([]);
  });
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
