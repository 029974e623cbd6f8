import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { some } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { inDatabase, makeBackup } from "./backup.ts";
import { bundle, start } from "./built-action.ts";
import { urlOf } from "./restoring.ts";

const ROWS = 20_000;

describe("a run that is killed", needs("postgres-15"), () => {
  let server: Postgres;
  let from: string;
  beforeAll(async () => {
    server = await startPostgres({ major: 15, config: ["tcp_keepalives_idle = 5"] });
    await server.query("create database shop");
    await inDatabase(server, "shop", (client) =>
      client.query(`create table state as select 'restored' as state from generate_series(1, ${ROWS})`),
    );
    const directory = makeTempDir("backups").path;
    from = (await makeBackup({ server, major: 15, database: "shop", directory })).location;
    await bundle();
  }, 120_000);
  afterAll(() => server.stop());

  let live: string;
  let counter = 0;
  beforeEach(async () => {
    live = `live ${++counter}`;
    await server.query(`create database "${live}"`);
    await inDatabase(server, live, (client) =>
      client.query(`create table state as select 'old' as state from generate_series(1, ${ROWS})`),
    );
  });

  const inputs = () => ({
    ...{ from, "database-url": urlOf(server, live), mode: "swap", confirm: live, "drain-timeout": "100ms" },
  });
  const count = (database: string) =>
    inDatabase(server, database, async (client) => {
      const { rows } = await client.query<{ state: string; n: number }>(
        "select state, count(*)::int as n from state group by state",
      );
      return rows;
    });
  const ours = async () =>
    (await server.query("select datname from pg_database order by 1"))
      .map(({ datname }) => String(datname))
      .filter((name) => name.startsWith(`${live}_`));

  /** Whatever was killed when: the database is there, whole, one of both, and for everybody; a next run comes through. */
  async function survived(expected: "old" | "restored" | "either") {
    const whole = (state: string) => [{ state, n: ROWS }];
    // The server may take a moment to notice that nobody is there any more.
    await expect
      .poll(() => count(live).catch((error: Error) => error.message), { timeout: 20_000 })
      .toBeInstanceOf(Array);
    const now = await count(live);
    expect([whole("old"), whole("restored")]).toContainEqual(now);
    if (expected !== "either") expect(now).toEqual(whole(expected));
    const sessions = `select 1 from pg_stat_activity where application_name like 'db-restore %' or application_name = 'pg_restore'`;
    await expect.poll(() => server.query(sessions), { timeout: 20_000 }).toEqual([]);

    const next = await (await start(inputs())).done;
    expect(next.log).toContain("restored=");
    expect(next.ok).toBe(true);
    expect(await count(live)).toEqual(whole("restored"));
    expect((await ours()).filter((name) => !name.includes("_before_"))).toEqual([]);
  }

  const steps = [
    "Choosing",
    "Looking",
    "Fetching",
    "Making a database",
    "_restoring_",
    "Restoring",
    "Checking",
    "Swapping",
  ];

  it("leaves the database as it was, for everybody, and no data on this machine; the next run clears up", async () => {
    for (const step of some(2, steps)) {
      const run = await start(inputs(), {
        onLine: (line) => {
          if (line.includes(step)) run.kill("SIGKILL");
        },
      });
      await run.done;
      await survived("old");
      await expect.poll(() => leftFiles(run.temp), { timeout: 10_000 }).toEqual([]);
      // The next round begins with a database of its own.
      await server.query(`drop database "${live}" with (force)`);
      for (const name of await ours()) await server.query(`drop database "${name}"`);
      await server.query(`create database "${live}"`);
      await inDatabase(server, live, (client) =>
        client.query(`create table state as select 'old' as state from generate_series(1, ${ROWS})`),
      );
    }
  }, 240_000);

  /** A run that stands still in its first renaming, since somebody is at work in the database. */
  async function whileRenaming(work: (busy: Client, kill: () => Promise<unknown>) => Promise<void>) {
    const { socketDirectory: host, port, user, password } = server;
    const busy = new Client({ host, port, user, password, database: live });
    busy.on("error", () => undefined);
    await busy.connect();
    await busy.query("begin; select 1 from state");
    const run = await start(inputs());
    const renaming = `select 1 from pg_stat_activity where query like 'ALTER DATABASE%RENAME%' and state = 'active'`;
    await expect.poll(() => server.query(renaming), { timeout: 30_000, interval: 20 }).toHaveLength(1);
    await work(busy, () => {
      run.kill("SIGKILL");
      return run.done;
    });
    await busy.end().catch(() => undefined);
    await survived("old");
  }

  it("within the transaction, after both names were changed, leaves them as they were", async () => {
    // The comment cannot be written while somebody holds its table: there the transaction stands still.
    await inDatabase(server, "postgres", (client) =>
      whileRenaming(async (busy, kill) => {
        await client.query("begin; lock table pg_catalog.pg_shdescription in access exclusive mode");
        await busy.end();
        const waiting = `select 1 from pg_stat_activity where query like 'COMMENT ON DATABASE%' and wait_event_type = 'Lock'`;
        const seen = () => server.query(waiting);
        await expect.poll(seen, { timeout: 20_000, interval: 20 }).toHaveLength(1);
        await kill();
        await client.query("rollback");
      }),
    );
  }, 60_000);

  it("while newcomers wait lets them in again to what was there", async () => {
    await whileRenaming(async (_busy, kill) => {
      const newcomer = count(live);
      await kill();
      expect(await newcomer).toEqual([{ state: "old", n: ROWS }]);
    });
  }, 60_000);
});

/** What a run has left below its RUNNER_TEMP but what the runner itself made. */
function leftFiles(temp: string): string[] {
  return readdirSync(temp)
    .filter((name) => name.startsWith("db-restore-"))
    .filter((name) => existsSync(path.join(temp, name, "archive")));
}
