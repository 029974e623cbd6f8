import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Fault, startFaultProxy } from "../support/fault-proxy.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { programsOf } from "../support/postgres-programs.ts";
import { backup, failuresOf } from "./backup.ts";
import { heldDump, programsWith } from "./fake-programs.ts";
import { type Stock, stockOf, THINNING } from "./stock.ts";

const APPLICATION = "db-backup";

describe("a dump that fails", needs("postgres-15"), () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await filledServer();
  });
  afterAll(() => server.stop());

  /** One failure, nothing stored, nothing removed, no backend left. */
  const fails = async (
    stock: Stock,
    inputs: Record<string, string>,
    meanwhile: () => Promise<unknown> = async () => undefined,
  ) => {
    const running = failuresOf(
      backup({ "database-url": server.url, destination: stock.path, ...THINNING, ...inputs }),
    );
    await meanwhile();
    const failures = await running;
    stock.expectUntouched();
    expect(failures).toHaveLength(1);
    expect(failures[0]?.hint).not.toBe("");
    return failures[0]?.message ?? "";
  };

  test.each([
    ["with exit 1", "exit 1", /^pg_dump on the runner failed with exit code 1/],
    ["by a signal", "kill -9 $$", /^pg_dump on the runner failed with signal SIGKILL/],
    // Nothing but reading it back can tell.
    ["with exit 0", "exit 0", /archive|pg_restore|unexpected end/i],
  ])("stops half-way %s", async (_how, end, message) => {
    const stock = await stockOf("postgres");
    const pgBin = programsWith(programsOf(15), "pg_dump", `"$real" "$@" | head -c 3000000; ${end}`);
    expect(await fails(stock, { "pg-bin": pgBin })).toMatch(message);
    await noBackend(server);
  });

  test("writes nothing, and says that all is well", async () => {
    const stock = await stockOf("postgres");
    expect(await fails(stock, { "pg-bin": programsWith(programsOf(15), "pg_dump", "exit 0") })).toMatch(
      /pg_restore cannot read it/,
    );
    await noBackend(server);
  });

  test("leaves out a table, and says that all is well", async () => {
    const stock = await stockOf("postgres");
    const pgBin = programsWith(programsOf(15), "pg_dump", `exec "$real" "$@" --exclude-table-data=events`);
    expect(await fails(stock, { "pg-bin": pgBin })).toMatch(/events/);
  });

  test("an administrator ends its session in the middle", async () => {
    const stock = await stockOf("postgres");
    const dump = heldDump(programsOf(15), 1_000_000);
    const message = await fails(stock, { "pg-bin": dump.directory }, async () => {
      await dump.held;
      await server.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like '${APPLICATION}%' and query like 'COPY%'`,
      );
      dump.release();
    });
    // The server's last words do not always reach libpq.
    expect(message).toMatch(
      /terminating connection due to administrator command|server closed the connection/,
    );
    await noBackend(server);
  });

  test("the server stops at once", async () => {
    const dying = await filledServer();
    onTestFinished(() => dying.stop());
    const stock = await stockOf("postgres");
    const dump = heldDump(programsOf(15), 1_000_000);
    const message = await fails(stock, { "database-url": dying.url, "pg-bin": dump.directory }, async () => {
      await dump.held;
      await dying.kill();
      dump.release();
    });
    expect(message).toMatch(/server closed the connection|connection .* lost|was reset|terminat/i);
  });

  test.each<[string, Fault]>([
    ["reset", { kind: "reset" }],
    ["cut", { kind: "cut", afterBytes: 0 }],
  ])("the network is %s in the middle", async (_how, fault) => {
    const proxy = await startFaultProxy(server.port);
    onTestFinished(() => proxy.stop());
    const stock = await stockOf("postgres");
    const dump = heldDump(programsOf(15), 1_000_000);
    const url = server.url.replace(`:${server.port}/`, `:${proxy.port}/`);
    const message = await fails(stock, { "database-url": url, "pg-bin": dump.directory }, async () => {
      await dump.held;
      await proxy.set(fault);
      dump.release();
    });
    expect(message).toMatch(/pg_dump|connection/i);
    expect(message).not.toMatch(/internal/i);
    await noBackend(server);
  });

  test.each(["p#ss/w@rd %41&=?", "süß 'quoted\" \\ back", "a:b@c/d?e#f"])(
    "a wrong password is told from a right one, also %s",
    async (password) => {
      const user = `role${Math.abs(Buffer.from(password).reduce((sum, byte) => sum * 31 + byte, 7) % 1e6)}`;
      const quoted = password.replaceAll("'", "''");
      await server.query(`create role ${user} login superuser password '${quoted}'`);
      const parts = {
        "database-url": "",
        "db-host": server.host,
        "db-port": String(server.port),
        "db-name": "postgres",
        "db-user": user,
      };
      const stock = await stockOf("postgres");
      const message = await fails(stock, { ...parts, "db-password": `${password}x` });
      expect(message).toMatch(/password/);
      for (const piece of [
        password,
        ...password.split(/[#/@ %&=?'"\\:]/).filter((each) => each.length > 3),
      ]) {
        expect(message).not.toContain(piece);
      }
      const { outcome } = await backup({
        ...parts,
        "db-password": password,
        destination: stock.path,
        verify: "none",
      });
      expect(outcome.failures).toEqual([]);
    },
  );

  test.each([
    ["an unknown database", (url: string) => url.replace(/postgres$/, "absent"), /absent.*does not exist/],
    ["nobody listening", (url: string) => url.replace(/:\d+\//, ":9/"), /connection refused/],
    ["an unknown host", (url: string) => url.replace("127.0.0.1", "db.invalid"), /does not resolve/],
  ])("%s is found out before anything else", async (_what, change, message) => {
    const stock = await stockOf("postgres");
    expect(await fails(stock, { "database-url": change(server.url) })).toMatch(message);
  });

  test("a table that somebody has locked is waited for, and then the session that holds it is named", async () => {
    const stock = await stockOf("postgres");
    const { Client } = await import("pg");
    const blocker = new Client({ connectionString: server.url, application_name: "the migration" });
    await blocker.connect();
    onTestFinished(() => blocker.end());
    await blocker.query("begin; lock table events in access exclusive mode");
    const message = await fails(stock, { "lock-timeout": "1s" });
    expect(message).toMatch(/events/);
    expect(message).toMatch(/the migration/);
    await noBackend(server);
  });
});

async function filledServer(): Promise<Postgres> {
  const server = await startPostgres({ major: 15 });
  // About 7 MB, which do not compress well.
  await server.query(`
    create table events (id int primary key, note text);
    insert into events select i, md5(i::text) || md5((i * 7)::text) || md5((i * 13)::text) from generate_series(1, 60000) i;
    create table zones (id int);
    insert into zones values (1);
  `);
  return server;
}

/** Waits until the server has no session of the action any more; the time limit of the test is the only one. */
async function noBackend(server: Postgres): Promise<void> {
  for (;;) {
    const rows = await server.query(
      `select pid, query from pg_stat_activity where application_name like '${APPLICATION}%'`,
    );
    if (rows.length === 0) return;
    await pause(20);
  }
}
