import { symlinkSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { programsOf, serverAndPrograms } from "../support/postgres-programs.ts";
import { backup, failuresOf, folder, manifestIn } from "./backup.ts";
import { stockOf, THINNING } from "./stock.ts";

test("a level that gzip does not have is refused before anything is looked at", async () => {
  const failures = await failuresOf(
    backup({
      ...{ "database-url": "postgres://127.0.0.1:1/shop", destination: folder().path },
      ...{ compression: "gzip", "compression-level": "12" },
    }),
  );
  expect(failures.map(({ message }) => message)).toEqual([
    "gzip has the levels 1 to 9, and compression-level is 12.",
  ]);
});

describe("a role that may not read everything", needs("postgres-15"), () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({ major: 15 });
    await server.query(`
      create role reader login password 'reader-7391';
      create table readable (id int); grant select on readable to reader;
      create table "Unreadable ""one""" (id int);
      create sequence numbers;
      create schema hidden; create table hidden.inside (id int); grant select on hidden.inside to reader;
      create table walled (id int); alter table walled enable row level security; grant select on walled to reader;
      select lo_from_bytea(4711, 'large');
    `);
  });
  afterAll(() => server?.stop());

  test("is told all that is missing at once, and has a backup after running the statements of the hint", async () => {
    const url = server.url.replace(/\/\/[^@]*@/, "//reader:reader-7391@");
    const stock = await stockOf("postgres");
    const inputs = { "database-url": url, destination: stock.path, ...THINNING };
    const failures = await failuresOf(backup(inputs));
    stock.expectUntouched();
    expect(failures).toHaveLength(1);
    const { message = "", hint = "" } = failures[0] ?? {};
    for (const name of ['Unreadable ""one""', "numbers", "hidden", "walled", "4711"]) {
      expect(message).toContain(name);
    }
    expect(message).not.toContain("readable,");
    const statements = hint.slice(hint.indexOf(":") + 1).split(/(?<=;)\s/);
    expect(statements.length).toBeGreaterThanOrEqual(5);
    for (const statement of statements) await server.query(statement);
    const { outcome } = await backup(inputs);
    expect(outcome.failures).toEqual([]);
    expect(outcome.outputs).toMatchObject({ tables: 4, verified: "archive" });
  });

  test("is told what pg_dump leaves out of a dump that is whole otherwise", async () => {
    await server.query("create database shop");
    await server.query(`
      create role plain login password 'plain-4417'; grant pg_read_all_data to plain`);
    const url = server.url.replace(/\/\/[^@]*@(.*)\/postgres/, "//plain:plain-4417@$1/shop");
    const admin = new Client({ connectionString: server.url.replace(/\/postgres(?=$|\?)/, "/shop") });
    await admin.connect();
    await admin.query(
      "create subscription copies connection 'host=127.0.0.1 port=1' publication p with (connect = false)",
    );
    await admin.end();
    const { outcome, log } = await backup({ "database-url": url, destination: folder().path });
    expect(outcome.failures).toEqual([]);
    expect(log).toContain("subscriptions not dumped because current user is not a superuser");
  });
});

describe("a proof by restoring that could not be made", needs("postgres-15"), () => {
  test("is refused before anything is dumped, in a dry run too", async () => {
    const server = await startPostgres({ major: 15 });
    onTestFinished(() => server.stop());
    const client = folder("client").path;
    for (const name of ["pg_dump", "pg_dumpall", "pg_restore"])
      symlinkSync(path.join(programsOf(15), name), path.join(client, name));
    const stock = await stockOf("postgres");
    const inputs = { "database-url": server.url, destination: stock.path, verify: "restore", ...THINNING };
    for (const [more, message] of [
      [{ "scratch-url": server.url }, /^scratch-url is on the same server/],
      [{ "pg-bin": client }, /^There is no postgres and initdb of PostgreSQL 15 here/],
    ] as const) {
      for (const dry of ["true", "false"]) {
        let log = "";
        const onLog = (text: string): void => {
          log += text;
        };
        const failures = await failuresOf(backup({ ...inputs, ...more, "dry-run": dry }, { onLog }));
        expect(failures.map((each) => each.message)).toEqual([expect.stringMatching(message)]);
        expect(log).not.toContain("Dump postgres");
        stock.expectUntouched();
      }
    }
  });
});

describe("a proof by restoring", needs("postgres-15", "postgres-16"), () => {
  test("at scratch-url is refused, before anything is dumped, where roles are missing that a policy names", async () => {
    // Two servers of one template are the same server to whoever asks for its identifier.
    const [server, scratch] = await Promise.all([startPostgres({ major: 15 }), startPostgres({ major: 16 })]);
    onTestFinished(async () => void (await Promise.all([server.stop(), scratch.stop()])));
    await server.query(`create role "the reader"; create role owner_only; create table t (id int);
      alter table t owner to owner_only; create policy p on t to "the reader" using (true);`);
    const inputs = {
      ...{ "database-url": server.url, destination: folder().path },
      ...{ verify: "restore", "scratch-url": scratch.url },
    };
    const [failure] = await failuresOf(backup(inputs));
    expect(failure?.message).toMatch(/lacks roles .*: the reader\.$/);
    const [statement = ""] = /CREATE ROLE .*;/.exec(failure?.hint ?? "") ?? [];
    await scratch.query(statement);
    const { outcome } = await backup(inputs);
    expect(outcome.outputs["verified"]).toBe("restore");
  });

  test("takes no notice of where the data of the source lie", async () => {
    const server = await startPostgres({ major: 15 });
    onTestFinished(() => server.stop());
    const client = new Client(server.url);
    await client.connect();
    await client.query("set allow_in_place_tablespaces = on");
    await client.query("create tablespace fast location ''");
    await client.query("create table t (id int) tablespace fast; insert into t values (1)");
    await client.end();
    const { outcome } = await backup({
      ...{ "database-url": server.url, destination: folder().path, verify: "restore" },
    });
    expect(outcome.outputs["verified"]).toBe("restore");
  });
});

describe(
  "programs of another version than the server's",
  needs("postgres-15", ...serverAndPrograms(18)),
  () => {
    test("are refused when older, with what was found, what is needed, and how to get it", async () => {
      const server = await startPostgres({ major: 18 });
      onTestFinished(() => server.stop());
      const stock = await stockOf("postgres");
      for (const allow of ["false", "true"]) {
        const inputs = { "pg-bin": programsOf(15), "allow-newer-client": allow, PATH: "" };
        const env = { PATH: "/nonexistent" };
        const failures = await failuresOf(
          backup({ "database-url": server.url, destination: stock.path, ...inputs }, { env }),
        );
        expect(failures).toHaveLength(1);
        expect(failures[0]?.message).toMatch(/18/);
        expect(failures[0]?.message).toMatch(/15\.\d+/);
        expect(failures[0]?.hint).toMatch(/postgresql-client-18/);
        stock.expectUntouched();
      }
    });

    test("are refused when newer, unless allowed; then the manifest has both versions", async () => {
      const server = await startPostgres({ major: 15 });
      onTestFinished(() => server.stop());
      await server.query("create table events (id int); insert into events values (1)");
      const destination = folder().path;
      const inputs = { "database-url": server.url, destination, "pg-bin": programsOf(18) };
      const failures = await failuresOf(backup(inputs));
      expect(failures).toHaveLength(1);
      expect(failures[0]?.hint).toMatch(/postgresql-client-15/);
      expect(failures[0]?.hint).toMatch(/allow-newer-client/);
      const ran = await backup({ ...inputs, "allow-newer-client": "true" });
      expect(ran.outcome.failures).toEqual([]);
      const { client, server: of } = manifestIn(destination, ran);
      expect([client.version.major, of.version.major]).toEqual([18, 15]);
      expect(ran.outcome.annotations?.map(({ message }) => message)).toEqual([
        expect.stringContaining("may restore only into PostgreSQL 18 or newer"),
      ]);
    });
  },
);
