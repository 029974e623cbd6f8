import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { type PgBouncer, type PoolMode, startPgBouncer } from "../support/pgbouncer.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { backup, failuresOf, folder, manifestIn } from "./backup.ts";

describe("a database behind PgBouncer", needs("postgres-15", "pgbouncer"), () => {
  let server: Postgres;
  const poolers = new Map<PoolMode, PgBouncer>();
  beforeAll(async () => {
    server = await startPostgres({ major: 15 });
    await server.query("create table events (id int); insert into events select generate_series(1, 100)");
    for (const mode of ["session", "transaction"] as const)
      poolers.set(mode, await startPgBouncer(server, mode));
  });
  afterAll(async () => {
    for (const pooler of poolers.values()) await pooler.stop();
    await server.stop();
  });
  const through = (mode: PoolMode): string => poolers.get(mode)?.url ?? "";

  it("in transaction mode is refused before anything is dumped, with what to do instead", async () => {
    const destination = folder().path;
    for (const more of [{}, { "dry-run": "true" }]) {
      const failures = await failuresOf(
        backup({ "database-url": through("transaction"), destination, ...more }),
      );
      expect(failures).toHaveLength(1);
      expect(failures[0]?.message).toContain("a pooler that shares sessions (transaction mode)");
      expect(failures[0]?.hint).toContain("Give the address of the server");
    }
    expect(readdirSync(destination)).toEqual([]);
  });

  it("in session mode has a backup that is proven, and the pooler is named in the log", async () => {
    const destination = folder().path;
    const ran = await backup({ "database-url": through("session"), destination });
    expect(ran.outcome.failures).toEqual([]);
    expect(ran.log).toContain("A pooler stands between, which keeps sessions apart.");
    expect(manifestIn(destination, ran)).toMatchObject({ rows: 100, verification: { level: "archive" } });
  });
});
