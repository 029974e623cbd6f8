import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { takeName } from "../../actions/db-restore/src/swap.ts";
import { openTarget } from "../../actions/db-restore/src/target.ts";
import { parseDatabaseUrl } from "../../shared/postgres/address.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { some } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { inDatabase, makeBackup } from "./backup.ts";
import { restore, urlOf } from "./restoring.ts";

// What a backend says that had found the database before it was renamed (postinit.c, InitPostgres).
const RENAMED = "It seems to have just been dropped or renamed.";

describe("swapping a database", needs("postgres-15"), () => {
  let server: Postgres;
  let from: string;
  beforeAll(async () => {
    server = await startPostgres({
      major: 15,
      config: ["max_prepared_transactions = 2", "autovacuum = off"],
    });
    await server.query("create database shop");
    await inDatabase(server, "shop", (client) =>
      client.query("create table state as select 'restored' as state"),
    );
    const directory = makeTempDir("backups").path;
    from = (await makeBackup({ server, major: 15, database: "shop", directory })).location;
  });
  afterAll(() => server.stop());

  let live: string;
  let counter = 0;
  beforeEach(async () => {
    live = `live "${++counter}" 漢`;
    await server.query(`create database "${live.replaceAll('"', '""')}"`);
    await inDatabase(server, live, (client) => client.query("create table state as select 'old' as state"));
  });

  const swap = (options: Parameters<typeof restore>[1] = {}, inputs: Readonly<Record<string, string>> = {}) =>
    restore(
      {
        from,
        "database-url": urlOf(server, live),
        mode: "swap",
        confirm: live,
        "drain-timeout": "500ms",
        ...inputs,
      },
      options,
    );
  const stateOf = async (database: string) =>
    (await inDatabase(server, database, (client) => client.query<{ state: string }>("table state"))).rows[0]
      ?.state;
  const names = async () =>
    (await server.query("select datname from pg_database order by 1")).map(({ datname }) => String(datname));
  const connected = async (database: string): Promise<Client> => {
    const { socketDirectory: host, port, user, password } = server;
    const client = new Client({ host, port, user, password, database });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };

  it("ends idle sessions and waiting transactions, and newcomers find the restored database", async () => {
    const idle = await connected(live);
    const busy = await connected(live);
    await busy.query("begin; insert into state values ('lost')");
    let stopped = false;
    const seen: string[] = [];
    const failures: { readonly code?: string; readonly detail?: string; readonly message: string }[] = [];
    const newcomers = (async () => {
      while (!stopped) {
        try {
          seen.push((await stateOf(live)) ?? "nothing");
        } catch (error) {
          failures.push(error as Error);
        }
      }
    })();
    const { outcome, problems } = await swap();
    const previous = String(outcome?.outputs["previous-database"]);
    await expect.poll(() => seen.at(-1)).toBe("restored");
    stopped = true;
    await newcomers;
    expect(problems).toEqual([]);
    expect([...new Set(seen)]).toEqual(["old", "restored"]);
    // Whoever was connecting or asking at that moment is sent away, and comes again; a name that was looked up was there.
    for (const { code, detail, message } of failures) {
      if (code === "3D000") expect(detail).toBe(RENAMED);
      else expect(message).toMatch(/terminat|ECONNRESET/);
    }
    expect(await stateOf(previous)).toBe("old");
    await expect(idle.query("select 1")).rejects.toThrow();
    await expect(busy.query("commit")).rejects.toThrow();
    expect(Number(outcome?.details["blockedMs"])).toBeGreaterThan(0);
  });

  it("keeps who connects while the names change waiting, sends it away, and lets the next attempt in", async () => {
    await server.query(`create database "beside ${counter}"`);
    await inDatabase(server, `beside ${counter}`, (client) =>
      client.query("create table state as select 'restored' as state"),
    );
    const oids = await server.query("select datname, oid::text from pg_database");
    const oidOf = (name: string) => String(oids.find(({ datname }) => datname === name)?.["oid"]);
    const signal = new AbortController().signal;
    const target = openTarget({
      address: parseDatabaseUrl(urlOf(server, live)),
      ...{ tunnel: undefined, env: process.env, signal },
    });
    const waiting = `select from pg_locks where locktype = 'object' and classid = 'pg_database'::regclass and not granted`;
    let newcomer: Promise<unknown> | undefined;
    const maintenance = await target.connect("postgres");
    onTestFinished(() => maintenance.close());
    // The transaction is as it is just before its end when the newcomer comes.
    const connect = async (...given: Parameters<typeof target.connect>) => {
      const client = await target.connect(...given);
      const query = async (text: string) => {
        if (text === "commit") {
          newcomer = connected(live).catch((error: unknown) => error);
          while ((await maintenance.query(waiting)).rows.length === 0);
        }
        return client.query(text);
      };
      return { query, close: () => client.close() } as typeof client;
    };
    const beside = { name: `beside ${counter}`, oid: oidOf(`beside ${counter}`) };
    const old = { name: `kept ${counter}`, oid: oidOf(live) };
    await takeName({
      ...{ target: { ...target, connect }, beside, old, comment: null, isTemplate: false, drainMs: 0 },
      ...{ clock: systemClock, signal, info: () => undefined },
      maintenance: { name: "postgres", client: maintenance },
    });
    expect(await newcomer).toMatchObject({ code: "3D000", detail: RENAMED });
    expect(await stateOf(live)).toBe("restored");
  });

  it("lets transactions end that do so in time", async () => {
    const busy = await connected(live);
    await busy.query("begin; insert into state values ('kept')");
    let waiting = false;
    const swapping = swap(
      {
        onLine: (line) => {
          if (waiting || !line.includes("Waiting for 1 session")) return;
          waiting = true;
          void busy.query("commit");
        },
      },
      { "drain-timeout": "20s" },
    );
    const { outcome } = await swapping;
    expect(waiting).toBe(true);
    const previous = String(outcome?.outputs["previous-database"]);
    const { rows } = await inDatabase(server, previous, (client) =>
      client.query("select count(*)::int as n from state"),
    );
    expect(rows).toEqual([{ n: 2 }]);
  });

  it("ends the sessions of programs that look into every database", async () => {
    let guest: Promise<Client> | undefined;
    const { problems } = await swap({
      onLine: (line) => {
        const [, name] = /^database=(.*_restoring_.*)$/m.exec(line) ?? [];
        if (name !== undefined) guest = connected(name);
      },
    });
    expect(problems).toEqual([]);
    await expect((await guest)?.query("select 1")).rejects.toThrow();
    expect(await stateOf(live)).toBe("restored");
  });

  it("ends the sessions of other users, whose state it cannot see, when the time for their work is over", async () => {
    const [maker, app] = [`signaller_${counter}`, `app_${counter}`];
    await server.query(
      `create role ${maker} login createdb password 'maker'; create role ${app} login password 'app'`,
    );
    await server.query(`grant pg_signal_backend to ${maker}`);
    await server.query(`alter database "${live.replaceAll('"', '""')}" owner to ${maker}`);
    const { socketDirectory: host, port } = server;
    const idle = new Client({ host, port, user: app, password: "app", database: live });
    idle.on("error", () => undefined);
    await idle.connect();
    const url = urlOf(server, live).replace(/\/\/postgres:[^@]*@/, `//${maker}:maker@`);
    const { outcome, problems, log } = await swap({}, { "database-url": url, "no-owner": "true" });
    expect(problems).toEqual([]);
    expect(log).toContain("Waiting for 1 session");
    expect(outcome?.annotations).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(
          /cannot see whether a session .* GRANT pg_read_all_stats TO "signaller/,
        ),
      }),
    ]);
    expect(await stateOf(live)).toBe("restored");
    await expect(idle.query("select 1")).rejects.toThrow();
  });

  it("changes nothing where a session cannot be ended, and drops what it restored", async () => {
    await server.query(`create role maker_${counter} login createdb password 'maker'`);
    await server.query(`alter database "${live.replaceAll('"', '""')}" owner to maker_${counter}`);
    const url = urlOf(server, live).replace(/\/\/postgres:[^@]*@/, `//maker_${counter}:maker@`);
    let guest: Promise<Client> | undefined;
    const { outcome, problems } = await swap(
      {
        onLine: (line) => {
          if (line.includes("_restoring_")) guest ??= connected(live);
        },
      },
      { "database-url": url, "no-owner": "true" },
    );
    expect(outcome).toBeUndefined();
    expect(problems[0]?.message).toMatch(/could not be freed of its sessions/);
    expect((await (await guest)?.query("table state"))?.rows).toEqual([{ state: "old" }]);
    await (await guest)?.end();
    expect((await names()).filter((name) => name.includes("restoring"))).toEqual([]);
  });

  it("changes nothing where somebody else has replaced the database in the meantime", async () => {
    const quoted = `"${live.replaceAll('"', '""')}"`;
    const busy = await connected(live);
    await busy.query("begin; insert into state values ('never')");
    const replace = async () => {
      await busy.end();
      await server.query(`alter database ${quoted} rename to "taken ${counter}"`);
      await server.query(`create database ${quoted}`);
    };
    let replaced: Promise<void> | undefined;
    const { problems } = await swap(
      {
        onLine: (line) => {
          if (line.includes("Waiting for")) replaced ??= replace();
        },
      },
      { "drain-timeout": "60s" },
    );
    await replaced;
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("replaced by somebody else in the meantime"),
    ]);
    expect(await stateOf(`taken ${counter}`)).toBe("old");
    expect(
      (await names()).filter((name) => name.includes("restoring") || name.startsWith(`${live}_before`)),
    ).toEqual([]);
  });

  it("is refused where a prepared transaction pins the name", async () => {
    await inDatabase(server, live, async (client) => {
      await client.query("begin; insert into state values ('prepared'); prepare transaction 'pinned'");
    });
    expect((await swap()).problems).toEqual([
      expect.objectContaining({ message: expect.stringContaining("1 prepared transactions") }),
    ]);
    await inDatabase(server, live, (client) => client.query("rollback prepared 'pinned'"));
  });

  it("is refused while another run is at work on the same database", async () => {
    let second: Promise<Awaited<ReturnType<typeof restore>>> | undefined;
    const first = await swap({
      onLine: (line) => {
        if (line.includes("_restoring_")) second ??= swap();
      },
    });
    expect(first.problems).toEqual([]);
    expect((await second)?.problems).toEqual([
      expect.objectContaining({ message: expect.stringContaining("Another run of db-restore") }),
    ]);
    expect(await stateOf(live)).toBe("restored");
    expect((await names()).filter((name) => name.includes("restoring"))).toEqual([]);
  });

  it("is undone by a cancelled run at every step before the names change", async () => {
    for (const step of some(4, [
      "Choosing",
      "Looking",
      "Fetching",
      "Making",
      "database=",
      "Restoring",
      "Checking",
      "Swapping",
    ])) {
      const stop = new AbortController();
      const { outcome, left } = await swap({
        signal: stop.signal,
        onLine: (line) => {
          if (line.includes(step)) stop.abort(new Error("cancelled"));
        },
      });
      expect([step, outcome, left]).toEqual([step, undefined, []]);
      expect([step, await stateOf(live)]).toEqual([step, "old"]);
      expect((await names()).filter((name) => name.includes("restoring"))).toEqual([]);
    }
  });
});
