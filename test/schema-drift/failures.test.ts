import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import path from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { refuseMoving } from "../../actions/schema-drift/src/race.ts";
import { mistakes } from "../support/in-process.ts";
import { needs } from "../support/needs.ts";
import { freePort } from "../support/ports.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { newDatabase, type TestDatabase } from "./databases.ts";
import { drift } from "./drift.ts";

const BASE =
  "create table orders (id int primary key, total numeric); create view sums as select sum(total) from orders;";

describe("what goes wrong is one clear error, and never no drift:", needs("postgres-18"), () => {
  let server: Postgres;
  let one: TestDatabase;
  let two: TestDatabase;
  beforeAll(async () => {
    server = await startPostgres({ major: 18 });
    [one, two] = [
      await newDatabase(server, BASE),
      await newDatabase(server, `${BASE} alter table orders add note text`),
    ];
  });
  afterAll(() => server?.stop());
  const refused = async (inputs: Readonly<Record<string, string>>): Promise<string> => {
    const problems = await mistakes(
      drift({ "database-url": two.url, "baseline-url": one.url, ...inputs }, { scratch: 0 }),
    );
    return problems.map(({ message }) => message).join("\n");
  };

  it("inputs that say nothing, or too much", async () => {
    expect(await refused({ "database-url": "" })).toMatch(/which database/);
    expect(await refused({ "baseline-url": "" })).toMatch(/nothing says what the schema should be/);
    expect(await refused({ "baseline-file": "x.sql" })).toMatch(
      /baseline-file and baseline-url exclude each other/,
    );
    expect(await refused({ "baseline-url": "", "baseline-command": "true" })).toMatch(/nothing says how far/);
    expect(await refused({ "baseline-url": "postgres://nobody" })).toMatch(/input baseline-url/);
    expect(await refused({ "baseline-url": "", "baseline-file": "not/there.sql" })).toMatch(
      /not\/there\.sql cannot be read/,
    );
    expect(await refused({ "update-baseline": "true" })).toMatch(/no baseline-file to write/);
  });

  it("a baseline that is the database itself, by whatever name", async () => {
    expect(await refused({ "baseline-url": two.url })).toMatch(/is the database that is looked at/);
    expect(await refused({ "baseline-url": two.url.replace("127.0.0.1", "localhost") })).toMatch(
      /is the database that is looked at/,
    );
  });

  it("a baseline with nothing in it, where what it lacks is not to fail", async () => {
    const empty = await newDatabase(server, "create schema later");
    for (const unexpected of ["warn", "ignore"]) {
      const inputs = { "baseline-url": empty.url, unexpected };
      expect(await refused(inputs)).toMatch(/baseline holds nothing of what is compared/);
      expect(await refused({ ...inputs, schemas: "public, later" })).toMatch(/holds nothing/);
    }
    const { told } = await drift({ "database-url": two.url, "baseline-url": empty.url }, { scratch: 0 });
    expect(told).toContain("table public.orders: SD-TABLE-UNEXPECTED major unexpected");
  });

  it("schemas that neither side has, by a name or by all globs", async () => {
    expect(await refused({ schemas: "pubic" })).toMatch(/neither side has a schema that fits pubic/);
    expect(await refused({ schemas: "app_*" })).toMatch(/fits app_\*/);
    expect(await refused({ schemas: "public, pubic" })).toMatch(/fits pubic/);
    const inputs = { "database-url": two.url, "baseline-url": one.url, schemas: "public, app_*" };
    expect((await drift(inputs, { scratch: 0 })).told).toHaveLength(1);
  });

  it("an update-baseline over a file that is no snapshot, which stays as it is", async () => {
    const folder = makeTempDir("structure");
    onTestFinished(() => folder.remove());
    const file = path.join(folder.path, "structure.sql");
    writeFileSync(file, BASE);
    const inputs = { "baseline-url": "", "baseline-file": file, "update-baseline": "true" };
    expect(await refused(inputs)).toMatch(/structure\.sql is no snapshot/);
    expect(readFileSync(file, "utf8")).toBe(BASE);
  });

  it("a version-query that waits, or is more than one statement", async () => {
    const replay = { "baseline-url": "", "baseline-command": "true", "statement-timeout": "200ms" };
    expect(await refused({ ...replay, "version-query": "select pg_sleep(100)" })).toMatch(
      /statement timeout/,
    );
    expect(
      await refused({ ...replay, "version-query": "select 1; commit; create table escaped (id int)" }),
    ).toMatch(/multiple commands/);
    expect(await two.query("select to_regclass('escaped') as made")).toEqual([{ made: null }]);
  });

  it("a policy with mistakes, each with its line", async () => {
    const folder = makeTempDir("policy");
    onTestFinished(() => folder.remove());
    const config = path.join(folder.path, "drift.yml");
    writeFileSync(config, "fail-on: mayor\nignore:\n  - name: public.x\n    until: 2027-13-01\n");
    const text = await refused({ config });
    expect(text).toMatch(/fail-on/);
    expect(text).toMatch(/reason/);
    expect(text).toMatch(/until: must be a date/);
  });

  it("a database that is not reachable, a wrong password, one that does not exist", async () => {
    const closed = await freePort();
    expect(await refused({ "database-url": `postgres://a:b@127.0.0.1:${closed}/c` })).toMatch(/refused/);
    expect(await refused({ "baseline-url": two.url.replace(/:[^:@]*@/, ":wrong@") })).toMatch(
      /password authentication failed/,
    );
    expect(await refused({ "baseline-url": two.url.replace(/[^/]*$/, "nowhere") })).toMatch(
      /"nowhere" does not exist/,
    );
  });

  it("a table that is locked for longer than lock-timeout", async () => {
    const client = new Client({ connectionString: two.url });
    await client.connect();
    await client.query("begin; lock table orders in access exclusive mode");
    try {
      expect(await refused({ "lock-timeout": "200ms" })).toMatch(/lock timeout/);
    } finally {
      await client.end();
    }
  });

  it("a connection that is lost half-way", async () => {
    const gone = createServer((socket) => {
      const upstream = new URL(two.url);
      let bytes = 0;
      const real = connect(Number(upstream.port), "127.0.0.1");
      socket.pipe(real);
      real.on("data", (chunk) => {
        bytes += chunk.length;
        if (bytes > 4_000) socket.destroy();
        else socket.write(chunk);
      });
      for (const end of [socket, real]) end.on("error", () => undefined);
      socket.on("close", () => real.destroy());
      real.on("close", () => socket.destroy());
    });
    const port = await freePort();
    gone.listen(port, "127.0.0.1");
    await once(gone, "listening");
    onTestFinished(() => void gone.close());
    const url = new URL(two.url);
    url.port = String(port);
    expect(await refused({ "database-url": url.href })).toMatch(/connection .* was lost/);
  });

  it("a scratch server on the cluster of the database", async () => {
    const folder = makeTempDir("sql");
    onTestFinished(() => folder.remove());
    const file = path.join(folder.path, "a.sql");
    writeFileSync(file, BASE);
    expect(await refused({ "baseline-url": "", "baseline-file": file, "scratch-url": server.url })).toMatch(
      /same server as the database/,
    );
  });

  it("a scratch server that is older than the database", { ...needs("postgres-14") }, async () => {
    const old = await startPostgres({ major: 14 });
    onTestFinished(() => old.stop());
    const folder = makeTempDir("sql");
    onTestFinished(() => folder.remove());
    const file = path.join(folder.path, "a.sql");
    writeFileSync(file, BASE);
    expect(await refused({ "baseline-url": "", "baseline-file": file, "scratch-url": old.url })).toMatch(
      /older than the database/,
    );
  });

  it("a migration that is under way", async () => {
    const client = new Client({ connectionString: two.url });
    await client.connect();
    await client.query("select pg_advisory_lock(72707369)");
    try {
      expect(await refused({ preset: "prisma" })).toMatch(/A migration is under way: Prisma/);
    } finally {
      await client.end();
    }
    expect(
      (await drift({ "database-url": two.url, "baseline-url": one.url, preset: "prisma" })).told,
    ).toEqual(["column public.orders.note: SD-COLUMN-UNEXPECTED major unexpected"]);
  });

  it("a schema that changes between two looks", () => {
    const difference = { kind: "table", name: "public.a", packed: { actual: "x" }, changes: [] } as const;
    const other = { ...difference, name: "public.b" };
    expect(() => refuseMoving([difference, other], [difference])).not.toThrow();
    expect(() => refuseMoving([difference], [difference, other])).toThrow(
      /table public\.b was not so a moment ago/,
    );
    expect(() => refuseMoving([difference], [{ ...difference, packed: { actual: "y" } }])).toThrow(
      /changing/,
    );
  });
});

describe("a role that has CONNECT and nothing else", needs("postgres-18", "sshd"), () => {
  it("sees the same as the superuser, also through an SSH hop", async () => {
    const server = await startPostgres({ major: 18 });
    onTestFinished(() => server.stop());
    const hop: Sshd = await startSshd();
    onTestFinished(() => hop.stop());
    await server.query("create role looker login password 'looker'");
    const [one, two] = [
      await newDatabase(server, BASE),
      await newDatabase(server, `${BASE} alter table orders add note text`),
    ];
    for (const { name } of [one, two])
      await server.query(
        `revoke all on database ${name} from public; grant connect on database ${name} to looker`,
      );
    const looking = (url: string): string => url.replace(/\/\/[^@]*@/, "//looker:looker@");
    const inputs = { "database-url": looking(two.url), "baseline-url": looking(one.url) };
    const told = ["column public.orders.note: SD-COLUMN-UNEXPECTED major unexpected"];
    expect((await drift(inputs)).told).toEqual(told);
    const ssh = {
      "ssh-host": `${hop.user}@127.0.0.1:${hop.port}`,
      "ssh-key": hop.clientKey(),
      "ssh-known-hosts": hop.knownHostsLine(),
    };
    expect((await drift({ ...inputs, ...ssh })).told).toEqual(told);
  });
});
