import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseFacts } from "../../actions/db-backup/src/database-facts.ts";
import type { Session } from "../../actions/db-backup/src/session.ts";
import type { Attributes } from "../../shared/backup/attributes.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { inDatabase, makeBackup } from "./backup.ts";
import { restore, urlOf } from "./restoring.ts";

describe("a restore by a user with few rights", needs("postgres-15"), () => {
  let server: Postgres;
  let elsewhere: Postgres;
  beforeAll(async () => {
    [server, elsewhere] = await Promise.all([startPostgres({ major: 15 }), startPostgres({ major: 15 })]);
    await server.query(
      "create role maker login createdb password 'maker'; create role reader; create role app",
    );
  });
  afterAll(() => Promise.all([server?.stop(), elsewhere?.stop()]));

  const as = (user: string, database: string) =>
    `postgres://${user}:${user}@127.0.0.1:${server.port}/${database}`;
  const said = (text: string) => expect.stringContaining(text);

  /** A backup of a database that the statements have made, with what db-backup records of it. */
  async function backupOf(
    database: string,
    statements: string,
    change: (a: Attributes) => Attributes = (a) => a,
  ) {
    await server.query(`create database ${database} owner maker`);
    const facts = await inDatabase(server, database, async (client) => {
      await client.query(statements);
      return databaseFacts(client as unknown as Session);
    });
    const locale = { encoding: "UTF8", provider: "c", collate: "C", ctype: "C" } as const;
    const attributes = change({ ...facts.attributes, locale, globals: null });
    const directory = makeTempDir("backups").path;
    return (await makeBackup({ server, major: 15, database, directory, attributes })).location;
  }
  async function tried(inputs: Readonly<Record<string, string>>) {
    const { outcome, problems } = await restore(inputs);
    return {
      ...{ result: outcome?.result, verified: outcome?.outputs["verified"] },
      remarks: outcome?.annotations?.map(({ message }) => message),
      problems: problems.map(({ message, where }) => [where?.input, message] as const),
    };
  }
  async function column(database: string, sql: string): Promise<unknown[]> {
    const { rows } = await inDatabase(server, database, (client) =>
      client.query({ text: sql, rowMode: "array" }),
    );
    return rows.map(([first]: readonly unknown[]) => first);
  }
  const OWNED = "create table t as select 1 n; alter table t owner to maker; grant select on t to reader";

  it("needs no membership in roles that have grants only", async () => {
    const grants = "grant connect on database granted to pg_monitor";
    const from = await backupOf("granted", `${OWNED}; ${grants}`);
    expect(await tried({ from, "database-url": as("maker", "granted_copy") })).toMatchObject({
      ...{ result: "restored", problems: [] },
    });
    const acl = "select relacl::text from pg_class where relname = 't'";
    expect(await column("granted_copy", acl)).toEqual(["{maker=arwdDxt/maker,reader=r/maker}"]);
  });

  it("needs it in roles that own something, and for a new database in its owner", async () => {
    const from = await backupOf(
      "owned",
      `${OWNED}; create view v as select 1; alter view v owner to reader`,
      (a) => ({
        ...{ ...a, owner: "app" },
      }),
    );
    const needed = (roles: string) => ["no-owner", said(`own things in the backup: ${roles}`)];
    expect((await tried({ from, "database-url": as("maker", "owned_copy") })).problems).toEqual([
      needed("app, reader"),
    ]);
    await server.query("create database owned_empty owner maker");
    const target = { "database-url": as("maker", "owned_empty"), mode: "into-empty" };
    expect((await tried({ from, ...target })).problems).toEqual([[...needed("reader")]]);
  });

  it("goes on with a backup that does not record owners, and says for which roles that may fail", async () => {
    const from = await backupOf("older", OWNED, ({ owners: _, named: __, ...a }) => a);
    expect(await tried({ from, "database-url": as("maker", "older_copy") })).toMatchObject({
      ...{ result: "restored", remarks: [said("may not act as reader")] },
    });
  });

  it("keeps a setting of the role that a session becomes", async () => {
    const from = await backupOf(
      "role_setting",
      "alter role app in database role_setting set role = 'reader'",
    );
    const inputs = { from, "database-url": urlOf(server, "role_copy") };
    expect(await tried(inputs)).toMatchObject({ result: "restored", problems: [] });
    const kept =
      "select unnest(setconfig) from pg_db_role_setting s join pg_database d on d.oid = setdatabase";
    expect(await column("postgres", `${kept} where datname = 'role_copy'`)).toEqual(["role=reader"]);
  });

  it("needs the roles that policies and user mappings name, also without owners", async () => {
    const from = await backupOf(
      "named",
      `create table t (n int); create policy p on t to reader using (true); grant select on t to app;
       create extension postgres_fdw; create server far foreign data wrapper postgres_fdw;
       create user mapping for app server far`,
    );
    const inputs = { from, "database-url": urlOf(elsewhere, "named"), "no-owner": "true" };
    expect((await tried(inputs)).problems).toEqual([["missing-roles", said("app, reader")]]);
    const made = await tried({ ...inputs, "missing-roles": "create" });
    expect(made).toMatchObject({ result: "restored", problems: [] });
  });

  it("leaves the comment of an extension alone that somebody else has installed", async () => {
    const from = await backupOf("extended", "create extension citext; create extension pg_stat_statements");
    await server.query("create database managed owner maker");
    await inDatabase(server, "managed", (client) =>
      client.query("create extension citext; create extension pg_stat_statements"),
    );
    const target = { "database-url": as("maker", "managed"), mode: "into-empty", "no-owner": "true" };
    expect(await tried({ from, ...target })).toMatchObject({ result: "restored", problems: [] });
  });

  it("leaves out the rows in the tables of an extension that is left out, and says so", async () => {
    const from = await backupOf(
      "cron",
      `create extension citext; create schema cron; create table cron.job (id int); insert into cron.job values (1);
       alter extension citext add table cron.job; alter extension citext add schema cron;
       update pg_extension set extconfig = array['cron.job'::regclass::oid], extcondition = array['']
        where extname = 'citext';
       create table t as select 1 n`,
    );
    const inputs = { from, "database-url": urlOf(server, "no_cron"), "skip-extensions": "citext" };
    expect(await tried(inputs)).toEqual({
      ...{ result: "restored", verified: "rows", problems: [] },
      remarks: [said("1 table that belongs to an extension that is left out")],
    });
    expect(await column("no_cron", "select n from t")).toEqual([1]);
  });

  it("is told at once which extensions only a superuser can make", async () => {
    const from = await backupOf("untrusted", "create extension citext; create extension pg_stat_statements");
    const inputs = {
      from,
      "database-url": as("maker", "untrusted_copy"),
      "no-owner": "true",
      "dry-run": "true",
    };
    expect((await tried(inputs)).problems).toEqual([
      ["skip-extensions", said("may not make extensions of the backup: pg_stat_statements.")],
    ]);
    expect((await tried({ ...inputs, "database-url": urlOf(server, "untrusted_copy") })).result).toBe(
      "planned",
    );
  });

  it("is told at once which settings it cannot carry over", async () => {
    const from = await backupOf("plain", OWNED);
    await server.query("create database live owner maker");
    await server.query(`alter database live set log_statement = 'all'; alter database live set work_mem = '9MB';
      alter database live set app.tenant = 'a'; alter role app in database live set work_mem = '8MB';
      alter role maker in database live set work_mem = '7MB'`);
    const inputs = { from, "database-url": as("maker", "live"), mode: "swap", confirm: "live" };
    const [[, problem] = []] = (await tried({ ...inputs, "dry-run": "true" })).problems;
    expect(problem).toMatch(/may not give a database its settings: .*log_statement.*\.$/);
    expect(
      problem
        ?.replace(/.*: |\.$/g, "")
        .split(", ")
        .sort(),
    ).toEqual([...["app.tenant", "log_statement", "work_mem for app"]]);
    await server.query(`grant set on parameter log_statement, app.tenant to maker;
      alter role app in database live reset all`);
    expect(await tried(inputs)).toMatchObject({ result: "restored", problems: [] });
    const kept =
      "select unnest(setconfig) from pg_db_role_setting s join pg_database d on d.oid = setdatabase";
    expect((await column("postgres", `${kept} where datname = 'live'`)).sort()).toEqual([
      ...["app.tenant=a", "log_statement=all", "work_mem=7MB", "work_mem=9MB"],
    ]);
  });
});
