import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Manifest } from "../../shared/backup/manifest.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { MAJORS_IN_FULL, MAJORS_WITH_PROGRAMS, serverAndPrograms } from "../support/postgres-programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { inDatabase, makeBackup } from "./backup.ts";
import { restore, urlOf } from "./restoring.ts";

const SHOP = `
  create schema "Odd ""one""";
  create table orders (id int primary key, note text);
  insert into orders select n, repeat('x', n % 50) from generate_series(1, 2000) n;
  create table "Odd ""one"""."größe 漢" (a int references orders);
  insert into "Odd ""one"""."größe 漢" select n from generate_series(1, 100) n;
  create sequence numbers start 42;
  create view totals as select count(*) from orders;
  select lo_from_bytea(0, 'large');
`;

function directory(): string {
  const made = makeTempDir("backups");
  onTestFinished(() => made.remove());
  return made.path;
}

const databases = async (server: Postgres): Promise<unknown[]> =>
  (
    await server.query(
      "select datname from pg_database where datname not in ('postgres', 'template0', 'template1') order by 1",
    )
  ).map(({ datname }) => datname);

for (const major of MAJORS_WITH_PROGRAMS) {
  describe(`restoring on PostgreSQL ${major}`, needs(...serverAndPrograms(major)), () => {
    const inFull = MAJORS_IN_FULL.includes(major) ? it : () => undefined;
    let server: Postgres;
    let backups: string;
    beforeAll(async () => {
      server = await startPostgres({ major });
      const made = makeTempDir("backups");
      backups = made.path;
      await server.query("create database shop");
      await inDatabase(server, "shop", (client) => client.query(SHOP));
      await makeBackup({ server, major, database: "shop", directory: backups });
    });
    afterAll(() => server.stop());

    inFull("is not ended by time limits that are set for whoever else comes", async () => {
      await server.query("create role hasty superuser login password 'hasty-5102'");
      for (const limit of ["idle_session_timeout", "statement_timeout"])
        await server.query(`alter role hasty set ${limit} = '100ms'`);
      const url = urlOf(server, "patient").replace(/\/\/[^@]*@/, "//hasty:hasty-5102@");
      const { problems } = await restore({ from: backups, "database-url": url });
      expect(problems).toEqual([]);
      await server.query("drop database patient");
    });

    inFull("does not take rows that a restored policy hides for rows that are missing", async () => {
      await server.query("create database walled");
      await server.query("create role builder login createdb password 'builder-3308'");
      await inDatabase(server, "walled", (client) =>
        client.query(`create table walled (n int); insert into walled values (1); create table open (n int);
          alter table walled enable row level security; alter table walled force row level security`),
      );
      const { location } = await makeBackup({ server, major, database: "walled", directory: directory() });
      const url = urlOf(server, "walled_copy").replace(/\/\/[^@]*@/, "//builder:builder-3308@");
      const { outcome, problems } = await restore({
        from: location,
        "database-url": url,
        "no-owner": "true",
      });
      expect(problems).toEqual([]);
      expect(outcome?.details["verified"]).toEqual({ tables: 2, rows: 0, uncounted: 1 });
      expect(outcome).toMatchObject({
        outputs: { verified: "none", rows: 0 },
        annotations: [{ level: "warning", message: expect.stringContaining("The rows of 1 of 2 tables") }],
      });
      const found = await inDatabase(server, "walled_copy", (client) => client.query("select n from walled"));
      expect(found.rows).toEqual([{ n: 1 }]);
      for (const name of ["walled", "walled_copy"]) await server.query(`drop database ${name}`);
    });

    inFull("does not call rows compared of which the backup tells no count", async () => {
      const uncounted = (manifest: Manifest): Manifest => ({
        ...manifest,
        rows: null,
        tables: manifest.tables.map((table) => ({ ...table, rows: null })),
      });
      const directories = { server, major, database: "shop", directory: directory() } as const;
      const { location } = await makeBackup({ ...directories, manifest: uncounted });
      const { outcome } = await restore({ from: location, "database-url": urlOf(server, "trusted") });
      expect(outcome?.outputs).toMatchObject({ verified: "none", rows: "", tables: 2 });
      expect(outcome?.annotations).toMatchObject([{ level: "warning" }]);
      expect(outcome?.summary.join("\n")).toContain("rows were not compared");
      await server.query("drop database trusted");
    });

    inFull("makes a new database, whole, and leaves nothing else behind", async () => {
      const temp = directory();
      const { outcome, problems, left } = await restore(
        { from: backups, "database-url": urlOf(server, "copy") },
        { temp },
      );
      expect(problems).toEqual([]);
      expect(outcome).toMatchObject({
        result: "restored",
        outputs: { database: "copy", tables: 2, rows: 2100, verified: "rows", "previous-database": "" },
      });
      expect(left).toEqual([]);
      expect(readdirSync(temp)).toEqual([]);
      const rows = await inDatabase(server, "copy", (client) =>
        client.query(`select (select count(*)::int from orders) as orders, nextval('numbers')::int as next`),
      );
      expect(rows.rows).toEqual([{ orders: 2000, next: 42 }]);
      expect(await databases(server)).toEqual(["copy", "shop"]);
    });

    it("swaps the database, keeps the old one, and the printed statements undo it", async () => {
      await server.query("create role app");
      await server.query("create database live owner app");
      await server.query(
        "alter database live set work_mem = '7MB'; grant connect on database live to pg_monitor; comment on database live is 'the shop'",
      );
      await inDatabase(server, "live", (client) => client.query("create table old (a int)"));
      const { outcome, problems } = await restore({
        ...{ from: backups, "database-url": urlOf(server, "live"), mode: "swap", confirm: "live" },
      });
      expect(problems).toEqual([]);
      const previous = String(outcome?.outputs["previous-database"]);
      expect(previous).toMatch(/^live_before_\d{8}_\d{6}$/);
      const state = `select pg_get_userbyid(datdba) as owner, shobj_description(oid, 'pg_database') as comment, (select array_agg(a::text order by a::text) from unnest(datacl) a) as acl
                       from pg_database where datname =`;
      const [now] = await server.query(`${state} 'live'`);
      expect(now).toEqual((await server.query(`${state} '${previous}'`))[0]);
      expect(now).toMatchObject({ owner: "app", comment: "the shop" });
      const { rows } = await inDatabase(server, "live", (client) =>
        client.query(
          "select (select count(*)::int from orders) as orders, current_setting('work_mem') as mem",
        ),
      );
      expect(rows).toEqual([{ orders: 2000, mem: "7MB" }]);
      await inDatabase(server, "postgres", async (client) => {
        const statements = (outcome?.details["wayBack"] ?? []) as string[];
        for (const statement of statements) await client.query(statement);
      });
      expect((await inDatabase(server, "live", (client) => client.query("table old"))).rows).toEqual([]);
      expect(await databases(server)).toContainEqual(expect.stringMatching(/^live_restored_/));
    });

    it.skipIf(major !== 15)(
      "says that what it has filled in is there where that is not what the manifest tells",
      async () => {
        await server.query("create database short");
        const { location, manifestFile } = await makeBackup({
          ...{ server, major, database: "shop", directory: directory() },
        });
        writeFileSync(
          manifestFile,
          readFileSync(manifestFile, "utf8").replace('"rows": 2000', '"rows": 1999'),
        );
        const { problems } = await restore({
          ...{ from: location, "database-url": urlOf(server, "short"), mode: "into-empty" },
        });
        expect(problems).toEqual([
          expect.objectContaining({
            message: expect.stringMatching(
              /orders has 2000 rows instead of 1999\. It was committed, and is in "short"/,
            ),
            hint: expect.stringContaining("drop the database"),
          }),
        ]);
        await server.query("drop database short");
      },
    );

    inFull("fills an empty database in one transaction", async () => {
      await server.query("create database empty");
      const empty = { "database-url": urlOf(server, "empty"), mode: "into-empty" };
      expect((await restore({ ...empty, from: backups, "dry-run": "true" })).outcome?.annotations).toEqual(
        [],
      );
      const grant = { grantor: "postgres", privilege: "CONNECT", grantable: false } as const;
      const { location } = await makeBackup({
        ...{ server, major, database: "shop", directory: directory() },
        attributes: {
          ...{ owner: "pg_monitor", comment: "the shop", connectionLimit: 5 },
          grants: [
            { ...grant, grantee: "pg_monitor" },
            { ...grant, grantee: "pg_read_all_data" },
          ],
          settings: [
            { role: null, name: "work_mem", value: "7MB" },
            { role: "postgres", name: "search_path", value: "app" },
          ],
        },
      });
      const planned = await restore({ ...empty, from: location, "dry-run": "true" });
      const { outcome, problems, log } = await restore({ ...empty, from: location });
      expect(problems).toEqual([]);
      expect(outcome?.outputs["rows"]).toBe(2100);
      const remark =
        "The backup has of it: settings (work_mem); a connection limit of 5; a comment; settings of roles (search_path); grants (CONNECT to pg_read_all_data); the owner pg_monitor.";
      for (const { annotations } of [planned.outcome, outcome].map((each) => ({
        annotations: each?.annotations,
      })))
        expect(annotations).toEqual([
          expect.objectContaining({ level: "warning", message: expect.stringContaining(remark) }),
        ]);
      expect(log).toContain(remark);
      expect(outcome?.summary.join("\n")).toContain("Mode into-empty leaves out");
    });
  });
}
