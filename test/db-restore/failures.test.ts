import { execFile } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type BackupOptions, inDatabase, makeBackup } from "./backup.ts";
import { restore, urlOf } from "./restoring.ts";

const run = promisify(execFile);

describe("a restore that fails on the way", needs("postgres-15"), () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({ major: 15 });
    await server.query("create database shop");
    await inDatabase(server, "shop", (client) =>
      client.query(
        "create table orders as select n, repeat(md5(n::text), 8) from generate_series(1, 50000) n",
      ),
    );
  });
  afterAll(() => server.stop());
  let before: unknown;
  const state = () => server.query("select oid, datname from pg_database order by 1");
  beforeEach(async () => {
    before = await state();
  });
  const backup = async (given: Partial<BackupOptions> = {}) =>
    (
      await makeBackup({
        server,
        major: 15,
        database: "shop",
        directory: makeTempDir("backups").path,
        ...given,
      })
    ).location;

  it("drops its own database where the rows are not those of the backup, and names the tables", async () => {
    const from = await backup({
      manifest: (m) => ({
        ...m,
        tables: m.tables.map((table) => ({ ...table, rows: 49_999 })),
        largeObjects: 1,
      }),
    });
    const target = { from, "database-url": urlOf(server, "copy") };
    const { problems, left } = await restore(target);
    expect(problems[0]?.message).toContain(
      "public.orders has 50000 rows instead of 49999; there are 0 large objects instead of 1",
    );
    expect([await state(), left]).toEqual([before, []]);
    expect((await restore({ ...target, verify: "false", "dry-run": "true" })).outcome?.result).toBe(
      "planned",
    );
  });

  it("stops at the first error, names the object, and leaves nothing", async () => {
    // A check that holds when it is made and not when it is restored.
    await server.query("create database broken");
    await inDatabase(server, "broken", async (client) => {
      await client.query("create function ok() returns boolean language sql as 'select true'");
      await client.query("create table a (n text check (ok())); insert into a values ('bob@example.com')");
      await client.query("create or replace function ok() returns boolean language sql as 'select false'");
    });
    before = await state();
    const from = await backup({ database: "broken" });
    for (const mode of ["new", "into-empty"]) {
      if (mode === "into-empty") await server.query("create database copy");
      const { problems } = await restore({ from, "database-url": urlOf(server, "copy"), mode });
      expect(problems).toHaveLength(1);
      expect(problems[0]?.message).toMatch(
        /pg_restore 15\.\S+ .*failed with exit code 1 at TABLE DATA a postgres: .*check/s,
      );
      expect(`${problems[0]?.message}`).not.toContain("bob");
      expect(problems[0]?.hint).toContain(
        mode === "new" ? "one of our own, which goes again" : "rolled back, and the database is as it was",
      );
      if (mode === "new") expect(await state()).toEqual(before);
    }
    expect(
      (await inDatabase(server, "copy", (client) => client.query("select from pg_class where relname = 'a'")))
        .rows,
    ).toEqual([]);
    await server.query("drop database copy");
  });

  it.each([
    [
      "create subscription feed connection 'host=127.0.0.1 password=S3cr3t' publication p with (connect = false)",
      /must be superuser to create subscriptions/,
      ["alter subscription feed set (slot_name = none)", "drop subscription feed"],
      ["alter role maker nosuperuser createdb"],
    ],
    [
      "create foreign data wrapper w; create server s foreign data wrapper w; create role gone; create user mapping for gone server s options (password 'S3cr3t')",
      /role "gone" does not exist/,
      [],
      ["drop role gone"],
    ],
  ])("does not tell the statement that fails: %s", async (statements, why, away, then) => {
    await server.query("create role maker login superuser password 'maker-77'");
    await server.query("create database odd");
    await inDatabase(server, "odd", (client) => client.query(statements));
    const from = await backup({ database: "odd" });
    for (const statement of away) await inDatabase(server, "odd", (client) => client.query(statement));
    await server.query("drop database odd with (force)");
    for (const statement of then) await server.query(statement);
    const url = urlOf(server, "copy").replace(/\/\/[^@]*@/, "//maker:maker-77@");
    const { problems, log } = await restore({ from, "database-url": url, "no-owner": "true" });
    await server.query("drop role maker");
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(why);
    expect(JSON.stringify([problems, String(problems[0]?.message), problems[0]?.hint, log])).not.toContain(
      "S3cr3t",
    );
  });

  it("drops its own database where the server ended the sessions", async () => {
    const from = await backup();
    const { problems, left } = await restore(
      { from, "database-url": urlOf(server, "copy") },
      {
        onLine: (line) => {
          const [, name] = /^database=(.*_restoring_.*)$/m.exec(line) ?? [];
          if (name !== undefined) void endSessions(name);
        },
      },
    );
    expect(problems[0]?.message).toMatch(/terminating connection|server closed the connection/);
    expect(problems[0]?.hint).toContain("The server ended the connection");
    expect([await state(), left]).toEqual([before, []]);
  });

  async function endSessions(database: string): Promise<void> {
    const sql = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}' and application_name like 'db-restore%'`;
    for (let ended = 0; ended === 0; ) ended = (await server.query(sql)).length;
  }

  it("says what is wrong where the server is gone, and what it could not clean up", async () => {
    const other = await startPostgres({ major: 15 });
    onTestFinished(() => other.stop());
    const from = await backup();
    const { problems, left } = await restore(
      { from, "database-url": urlOf(other, "copy") },
      {
        onLine: (line) => {
          if (line.includes("_restoring_")) void other.kill();
        },
      },
    );
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(/refused|closed|lost|terminat/);
    expect(left).toEqual([expect.stringContaining("copy_restoring_")]);
  });

  it.runIf(process.getuid?.() === 0)(
    "says that the disk of the runner is full, and leaves the server alone",
    async () => {
      const temp = makeTempDir("small");
      const disk = `${temp.path}/disk`;
      mkdirSync(disk);
      await run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]);
      onTestFinished(async () => {
        await run("umount", [disk]);
        temp.remove();
      });
      // Its length is not known before.
      const from = await backup({
        manifest: (m) => ({
          ...m,
          server: { ...m.server, databaseBytes: 0 },
          object: { ...m.object, archiveBytes: null },
        }),
      });
      const { problems } = await restore({ from, "database-url": urlOf(server, "copy") }, { temp: disk });
      expect(problems[0]?.message).toMatch(/could not be written to .*: No space left on device/);
      expect([await state(), readdirSync(disk)]).toEqual([before, []]);
    },
  );

  it("takes names with quotes, blanks, slashes and other scripts, and passwords with everything in them", async () => {
    const password = "p@ss:w#rd/%'\\\" ü";
    await server.query(`create role "Ö 'wner" superuser login password '${password.replaceAll("'", "''")}'`);
    const from = await backup();
    const name = `a b/c"d'e=f 漢 postgres://x`;
    const { problems, log } = await restore({
      ...{ from, "db-host": "127.0.0.1", "db-port": String(server.port), "db-name": name },
      ...{ "db-user": "Ö 'wner", "db-password": password },
    });
    expect(problems).toEqual([]);
    expect((await state()).map(({ datname }) => datname)).toContain(name);
    expect(log).not.toContain("p@ss");
  });

  it("gives a database its name whole, also where that has 63 bytes", async () => {
    const name = `${"ü".repeat(31)}x`;
    const { outcome } = await restore({ from: await backup(), "database-url": urlOf(server, name) });
    expect(outcome?.outputs["database"]).toBe(name);
    const swapped = await restore({
      ...{ from: await backup(), "database-url": urlOf(server, name), mode: "swap", confirm: name },
    });
    const previous = String(swapped.outcome?.outputs["previous-database"]);
    expect(Buffer.byteLength(previous)).toBeLessThanOrEqual(63);
    expect((await state()).map(({ datname }) => datname)).toContain(previous);
  });
});
