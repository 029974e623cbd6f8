import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { inDatabase, makeBackup } from "./backup.ts";
import { restore, urlOf } from "./restoring.ts";

describe("what a restore leaves behind that does not come to its end", needs("postgres-15"), () => {
  let server: Postgres;
  let from: string;
  const directory = () => makeTempDir("backups").path;
  beforeAll(async () => {
    server = await startPostgres({ major: 15 });
    await server.query("create database shop");
    await inDatabase(server, "shop", (client) => client.query("create table state as select 1 as n"));
    from = (await makeBackup({ server, major: 15, database: "shop", directory: directory() })).location;
  });
  afterAll(() => server.stop());

  const unfinished = async () =>
    (await server.query("select datname from pg_database where datname like '%restoring%' order by 1")).map(
      ({ datname }) => String(datname),
    );

  it("is nothing where it is cancelled while the server makes the database", async () => {
    const stop = new AbortController();
    const waiting = `select 1 from pg_stat_activity where query like 'CREATE DATABASE%' and wait_event_type = 'Lock'`;
    await inDatabase(server, "postgres", async (holder) => {
      // Making a database locks its template, and waits for whoever describes that.
      await holder.query("begin; comment on database template0 is 'held'");
      const running = restore({ from, "database-url": urlOf(server, "cancelled") }, { signal: stop.signal });
      await expect.poll(() => server.query(waiting), { timeout: 20_000, interval: 20 }).toHaveLength(1);
      stop.abort(new Error("cancelled"));
      const { outcome, left } = await running;
      expect([outcome, left]).toEqual([undefined, []]);
      await holder.query("rollback");
    });
    await expect.poll(() => server.query(waiting.replace(" and wait_event_type = 'Lock'", ""))).toEqual([]);
    expect(await unfinished()).toEqual([]);
  });

  it("is dropped by the next run without its mark, too, where nothing is in it and nobody else could mean it", async () => {
    const empty = "next_restoring_0123456789ab";
    const full = "next_restoring_0123456789ac";
    const extended = "next_restoring_0123456789ad";
    const described = "next_restoring_0123456789ae";
    const visited = "next_restoring_0123456789af";
    const others = [
      "next_restoring_0123456789",
      "other_restoring_0123456789ab",
      "next_restoring_0123456789AB",
    ];
    for (const name of [empty, full, extended, described, visited, ...others])
      await server.query(`create database "${name}"`);
    await inDatabase(server, full, (client) => client.query("create table kept ()"));
    await inDatabase(server, extended, (client) => client.query("create extension citext"));
    await server.query(`comment on database "${described}" is 'mine'`);
    const { outcome } = await inDatabase(server, visited, () =>
      restore({ from, "database-url": urlOf(server, "next") }),
    );
    expect(outcome?.annotations?.map(({ message }) => message)).toEqual([
      expect.stringContaining(`Removed the unfinished database "${empty}"`),
      expect.stringMatching(`"${full}" .* holds table public.kept: it stays.* DROP DATABASE "${full}";`),
      expect.stringMatching(`"${extended}" .* holds objects of its own: it stays`),
    ]);
    const kept = [full, extended, described, visited, ...others];
    expect(await unfinished()).toEqual([...kept].sort());
    for (const name of kept) await server.query(`drop database "${name}"`);
  });

  it("is no template, which could not be dropped, where it is cancelled before it has the name of one", async () => {
    await server.query("create database pattern is_template true");
    const stop = new AbortController();
    const swap = { from, "database-url": urlOf(server, "pattern"), mode: "swap", confirm: "pattern" };
    const cancelled = await inDatabase(server, "pattern", async (busy) => {
      await busy.query("begin; create table z ()");
      const onLine = (line: string) => {
        if (line.includes("Waiting for")) stop.abort(new Error("cancelled"));
      };
      return restore({ ...swap, "drain-timeout": "60s" }, { signal: stop.signal, onLine });
    });
    expect([cancelled.outcome, cancelled.left]).toEqual([undefined, []]);
    expect(await unfinished()).toEqual([]);
    expect((await restore(swap)).problems).toEqual([]);
    expect(await server.query("select datistemplate from pg_database where datname = 'pattern'")).toEqual([
      { datistemplate: true },
    ]);
  });

  it("is no database that its own subscription keeps", async () => {
    await server.query("create database subscriber");
    await inDatabase(server, "subscriber", (client) =>
      client.query(
        `create subscription "sub" connection 'host=nowhere.invalid dbname=x' publication p with (connect = false)`,
      ),
    );
    const options = { server, major: 15, database: "subscriber", directory: directory() } as const;
    const wrong = await makeBackup({
      ...options,
      manifest: (manifest) => ({ ...manifest, largeObjects: 3 }),
    });
    const { problems, left } = await restore({
      from: wrong.location,
      "database-url": urlOf(server, "subscribed"),
    });
    expect(problems[0]?.message).toContain("0 large objects instead of 3");
    expect(left).toEqual([]);
    expect(await unfinished()).toEqual([]);
  });
});
