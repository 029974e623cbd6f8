import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { certificates } from "../support/certificates.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { needs } from "../support/needs.ts";
import { freePort, listenOnFreePort } from "../support/ports.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type Redis, startRedis } from "../support/redis.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type Config, smoke, verdicts } from "./smoke.ts";

const run = (check: Config, rest: Config = {}) => smoke({ checks: [{ name: "it", ...check }], ...rest });
const verdict = async (check: Config, rest: Config = {}) => verdicts(await run(check, rest))["it"];

/** A server that says the same to everybody who writes to it. */
function startParrot() {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  return {
    async say(text: string): Promise<number> {
      server = createServer((socket) => {
        sockets.add(socket);
        socket.on("error", () => undefined).on("data", () => socket.write(text));
      });
      return listenOnFreePort(server);
    },
    async stop(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      server?.close();
      if (server !== undefined) await once(server, "close");
    },
  };
}

describe("a TCP check", () => {
  const parrot = startParrot();
  afterEach(() => parrot.stop());

  it("passes where something listens, and fails where nothing does", async () => {
    const port = await parrot.say("");
    expect(await verdict({ tcp: `127.0.0.1:${port}` })).toBe("passed");
    expect(await verdict({ tcp: `127.0.0.1:${port}`, expect: { under: "0ms" } })).toMatch(
      /^failed: took .*, expected under 0 ms$/,
    );
    const closed = await freePort();
    expect(await verdict({ tcp: `127.0.0.1:${closed}` })).toBe(
      `failed: Cannot reach the server at 127.0.0.1:${closed}: connection refused`,
    );
  });
});

describe("a Redis check", needs("redis"), () => {
  const parrot = startParrot();
  afterEach(() => parrot.stop());
  let open: Redis;
  let locked: Redis;
  const password = `it's "quoted" #&@:/ %41`;
  beforeAll(async () => {
    open = await startRedis();
    locked = await startRedis({ password });
  });
  afterAll(() => Promise.all([open.stop(), locked.stop()]));

  it("passes with PONG, also after a login by name or without", async () => {
    const byDefault = `redis://:${encodeURIComponent(password)}@127.0.0.1:${locked.port}`;
    expect(await verdict({ redis: open.url })).toBe("passed");
    expect(await verdict({ redis: locked.url })).toBe("passed");
    expect(await verdict({ redis: byDefault })).toBe("passed");
  });

  it("fails without the password and with a wrong one, and tells what to do", async () => {
    const wrong = await run({ redis: `redis://:wrong-word@127.0.0.1:${locked.port}` });
    expect(verdicts(wrong)["it"]).toContain("WRONGPASS");
    expect(wrong.checks[0]?.hint).toContain("Check user and password");
    expect(await verdict({ redis: `redis://127.0.0.1:${locked.port}` })).toContain("NOAUTH");
  });

  it("passes over TLS with a good certificate alone", async () => {
    const { authority, good, expired } = await certificates();
    const folder = makeTempDir("redis-ca");
    const ca = `${folder.path}/ca.pem`;
    writeFileSync(ca, authority.cert);
    const [sound, stale] = await Promise.all([
      startRedis({ certificate: good, password }),
      startRedis({ certificate: expired }),
    ]);
    expect(await verdict({ redis: sound.url }, { ca })).toBe("passed");
    expect(await verdict({ redis: stale.url }, { ca })).toBe("failed: the certificate has expired");
    await Promise.all([sound.stop(), stale.stop()]);
    folder.remove();
  });

  it.each([
    [
      "-LOADING Redis is loading the dataset\r\n",
      'expected PONG, got "LOADING Redis is loading the dataset"',
    ],
    ["+QUEUED\r\n", 'expected PONG, got "+QUEUED"'],
    ["-::error::gotcha\r\n", 'expected PONG, got ": :error::gotcha"'],
    ["x".repeat(70_000), 'expected PONG, got "xxx'],
    ["", "no answer within 300 ms"],
  ])("fails where %j is the answer", async (text, why) => {
    const port = await parrot.say(text);
    expect(await verdict({ redis: `redis://127.0.0.1:${port}`, timeout: "300ms" })).toContain(
      `failed: ${why}`,
    );
  });
});

describe("a PostgreSQL check", needs("postgres-18"), () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres({ major: 18 });
    await postgres.query("create table migrations (id int, name text, at timestamptz, price numeric(8,2))");
    await postgres.query(
      "insert into migrations values (7, 'first', '2026-01-02 03:04:05+00', 12.50), (8, 'second', null, 1)",
    );
  });
  afterAll(() => postgres.stop());
  const query = (text: string, expectation?: Config) =>
    verdict({
      postgres: postgres.url,
      query: text,
      ...(expectation === undefined ? {} : { expect: expectation }),
    });

  it.each<[string, Config, Config]>([
    ["select count(*) from migrations", { value: 2, rows: 1 }, { value: { min: 3 } }],
    ["select id from migrations order by id", { rows: ">= 2", value: 7 }, { rows: 1 }],
    ["select id from migrations where false", { rows: 0 }, { rows: ">= 1" }],
    ["select name from migrations where id = 7", { value: { matches: "^f" } }, { value: "second" }],
    ["select price from migrations where id = 7", { value: { min: 12.5 } }, { value: { max: 12.4 } }],
    ["select id = 7 from migrations where id = 7", { value: true }, { value: false }],
    ["select at from migrations where id = 8", { value: null }, { value: { contains: "2026" } }],
    ["select 9007199254740993", { value: "9007199254740993" }, { value: "9007199254740992" }],
  ])("of %s passes and fails by what it expects", async (text, right, wrong) => {
    expect(await query(text, right)).toBe("passed");
    expect(await query(text, wrong)).toMatch(/^failed: (rows|value): expected /);
  });

  it("without a query is the login alone, and a query without an expectation needs a row", async () => {
    expect(await verdict({ postgres: postgres.url })).toBe("passed");
    expect(await query("select 1 where false")).toBe("failed: rows: expected >= 1, got 0");
  });

  it.each([
    ["update migrations set name = 'changed' returning id", "read-only transaction"],
    ["commit; update migrations set name = 'changed'", "cannot insert multiple commands"],
    ["select 1; select 2", "cannot insert multiple commands"],
    [
      "do $$ begin set transaction read write; update migrations set name = 'changed'; end $$",
      "SQLSTATE 25001",
    ],
    ["with gone as (delete from migrations returning 1) select * from gone", "read-only transaction"],
    ["drop table migrations", "read-only transaction"],
    ["select * from nowhere", 'relation "nowhere" does not exist (SQLSTATE 42P01)'],
  ])("refuses %s", async (text, why) => {
    expect(await query(text)).toContain(why);
    const names = await postgres.query("select string_agg(name, ',' order by id) as names from migrations");
    expect(names).toEqual([{ names: "first,second" }]);
  });

  it("fails with a wrong password, for a database that is not there, and where nobody listens", async () => {
    const wrong = new URL(postgres.url);
    wrong.password = "not-the-word";
    expect(await verdict({ postgres: wrong.href })).toMatch(/password authentication failed/);
    expect(await verdict({ postgres: `${postgres.url}_gone` })).toMatch(/"postgres_gone" does not exist/);
    const closed = `postgres://u@127.0.0.1:${await freePort()}/d`;
    expect(await verdict({ postgres: closed })).toContain("connection refused");
  });

  it("is given up after the timeout, in the login and in the query", async () => {
    expect(await verdict({ postgres: postgres.url, query: "select pg_sleep(30)", timeout: "300ms" })).toBe(
      "failed: no answer within 300 ms",
    );
    const proxy = await startFaultProxy(postgres.port);
    await proxy.set({ kind: "black hole" });
    const url = postgres.url.replace(String(postgres.port), String(proxy.port));
    expect(await verdict({ postgres: url, timeout: "300ms" })).toContain("within 300 ms");
    await proxy.stop();
  });

  it("leaves no session behind", async () => {
    const count = "select count(*)::int as n from pg_stat_activity where application_name = 'smoke-test'";
    await expect.poll(() => postgres.query(count)).toEqual([{ n: 0 }]);
  });
});
