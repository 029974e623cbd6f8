import { readdirSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type BackupOptions, inDatabase, makeBackup } from "./backup.ts";
import { restore, urlOf } from "./restoring.ts";

describe("what is in the way of a restore", needs("postgres-15"), () => {
  let server: Postgres;
  let from: string;
  beforeAll(async () => {
    server = await startPostgres({ major: 15 });
    await server.query("create database shop");
    await server.query(
      "create role plain login password 'plain'; create role maker login createdb password 'maker'",
    );
    await inDatabase(server, "shop", (client) =>
      client.query("create extension citext; create table orders as select n from generate_series(1, 100) n"),
    );
    from = await backup();
  });
  afterAll(() => server.stop());
  let before: unknown;
  const state = () => server.query("select oid, datname, datdba from pg_database order by 1");
  beforeEach(async () => {
    before = await state();
  });

  async function backup(given: Partial<BackupOptions> = {}): Promise<string> {
    const directory = makeTempDir("backups").path;
    return (await makeBackup({ server, major: 15, database: "shop", directory, ...given })).location;
  }

  /** Everything that is in the way, after which nothing has changed. */
  async function inTheWay(inputs: Readonly<Record<string, string>>) {
    const temp = makeTempDir("preflight");
    onTestFinished(() => temp.remove());
    const { outcome, problems } = await restore({ from, ...inputs }, { temp: temp.path });
    expect(outcome).toBeUndefined();
    expect(readdirSync(temp.path)).toEqual([]);
    expect(await state()).toEqual(before);
    return problems.map(({ message, where }) => [where?.input, message] as const);
  }
  const as = (user: string, database: string) =>
    `postgres://${user}:${user}@127.0.0.1:${server.port}/${database}`;
  const said = (text: string) => expect.stringContaining(text);

  it("is a database of that name for new", async () => {
    expect(await inTheWay({ "database-url": urlOf(server, "shop") })).toEqual([
      ["mode", said('is a database "shop" already')],
    ]);
  });

  it("is the want of a confirmation for swap, and of the database itself", async () => {
    const mode = { mode: "swap" };
    expect(await inTheWay({ ...mode, "database-url": urlOf(server, "shop") })).toEqual([
      ["confirm", said("is not set")],
    ]);
    expect(await inTheWay({ ...mode, "database-url": urlOf(server, "shop"), confirm: "Shop" })).toEqual([
      ["confirm", said("names another database")],
    ]);
    expect(await inTheWay({ ...mode, "database-url": urlOf(server, "none"), confirm: "none" })).toEqual([
      ["mode", said('no database "none"')],
    ]);
  });

  it("is each thing that makes a database not empty", async () => {
    const things = [
      ["create table a ()", "table public.a"],
      ["create view a as select 1", "view public.a"],
      ["create function a() returns int language sql as 'select 1'", "function public.a"],
      ["create type a as enum ('b')", "type public.a"],
      ["create schema a", "schema a"],
      ["select lo_create(4711)", "large object 4711"],
    ] as const;
    for (const [index, [statement, what]] of things.entries()) {
      await server.query(`create database full_${index}`);
      await inDatabase(server, `full_${index}`, (client) => client.query(statement));
      before = await state();
      const target = { "database-url": urlOf(server, `full_${index}`), mode: "into-empty" };
      expect(await inTheWay(target)).toEqual([["mode", said(what)]]);
    }
  });

  it("is no extension in a database that is empty but for them", async () => {
    await server.query("create database extended");
    await inDatabase(server, "extended", (client) => client.query("create extension citext"));
    const { problems } = await restore({
      from,
      "database-url": urlOf(server, "extended"),
      mode: "into-empty",
    });
    expect(problems).toEqual([]);
  });

  it("is the user who may not make, rename or own, all of it at once", async () => {
    await server.query("create role app");
    const owned = await backup({ attributes: { owner: "app", roles: ["app", "gone"], owners: ["app"] } });
    await server.query("drop role app; create role app");
    before = await state();
    expect(
      await inTheWay({ from: owned, "database-url": as("plain", "shop"), mode: "swap", confirm: "shop" }),
    ).toEqual([
      [undefined, said("plain may make no databases")],
      [undefined, said('plain may not rename "shop", which belongs to postgres')],
      ["missing-roles", said("lacks roles of the backup: gone")],
      ["no-owner", said("may not act as roles that own things in the backup: app")],
    ]);
    await server.query("drop role app");
  });

  it("is a session that the user may not end", async () => {
    await server.query("create database held owner maker");
    before = await state();
    const target = { "database-url": as("maker", "held"), mode: "swap", confirm: "held", "no-owner": "true" };
    await inDatabase(server, "held", async (client) => {
      const { rows } = await client.query("select pg_backend_pid() as pid");
      const who = `${rows[0].pid} of postgres`;
      expect(await inTheWay(target)).toEqual([[undefined, said(who)]]);
    });
  });

  it("is a session of a role that the user could only end after SET ROLE", async () => {
    await server.query("create role apart login createdb noinherit password 'apart'");
    await server.query(
      "create role tenant login password 'tenant'; grant tenant, pg_signal_backend to apart",
    );
    await server.query("create database rented owner apart");
    before = await state();
    const { socketDirectory: host, port } = server;
    const client = new Client({ host, port, user: "tenant", password: "tenant", database: "rented" });
    await client.connect();
    const { rows } = await client.query("select pg_backend_pid() as pid");
    const target = { "database-url": as("apart", "rented"), mode: "swap", confirm: "rented" };
    expect(await inTheWay({ ...target, "no-owner": "true" })).toEqual([
      [undefined, said(`${rows[0].pid} of tenant`)],
    ]);
    await client.end();
  });

  it("is an owner whose rights the user would not have after giving the database away", async () => {
    await server.query("create role landlord; create role tied login createdb noinherit password 'tied'");
    await server.query("grant landlord to tied");
    const owned = await backup({ attributes: { owner: "landlord", roles: ["landlord"] } });
    const problem = ["no-owner", said("tied does not inherit the rights of landlord")];
    expect(await inTheWay({ from: owned, "database-url": as("tied", "given") })).toEqual([problem]);
    const leftOut = {
      from: owned,
      "database-url": as("tied", "given"),
      "no-owner": "true",
      "dry-run": "true",
    };
    expect((await restore(leftOut)).problems).toEqual([]);
  });

  it("are roles that the server lacks, unless they are made or left out", async () => {
    const lacking = await backup({
      attributes: { owner: "shop_owner", roles: ["shop_owner", "shop_reader"] },
    });
    expect(await inTheWay({ from: lacking, "database-url": urlOf(server, "roles") })).toEqual([
      ["missing-roles", said("shop_owner, shop_reader")],
    ]);
    const without = await restore({
      from: lacking,
      "database-url": urlOf(server, "unowned"),
      "no-owner": "true",
    });
    expect(without.problems).toEqual([]);
    const made = await restore({
      from: lacking,
      "database-url": urlOf(server, "roles"),
      "missing-roles": "create",
    });
    expect(made.problems).toEqual([]);
    expect(
      await server.query(
        "select rolname, rolcanlogin, rolsuper from pg_roles where rolname like 'shop%' order by 1",
      ),
    ).toEqual([
      { rolname: "shop_owner", rolcanlogin: false, rolsuper: false },
      { rolname: "shop_reader", rolcanlogin: false, rolsuper: false },
    ]);
    const [{ owner } = {}] = await server.query(
      "select pg_get_userbyid(datdba) as owner from pg_database where datname = 'roles'",
    );
    expect(owner).toBe("shop_owner");
  });

  it("are extensions that the server lacks, unless they are left out", async () => {
    const lacking = await backup({
      manifest: (m) => ({
        ...m,
        extensions: [...m.extensions, { name: "postgis", version: "3", schema: "public" }],
      }),
    });
    const target = { from: lacking, "database-url": urlOf(server, "extensions") };
    expect(await inTheWay(target)).toEqual([
      ["skip-extensions", said("lacks extensions of the backup: postgis")],
    ]);
    const done = await restore({ ...target, "skip-extensions": "postgis, citext, hstore" });
    expect(done.outcome?.annotations).toEqual([
      {
        level: "warning",
        title: "db-restore",
        message: "skip-extensions names hstore, which the backup does not have.",
      },
    ]);
    const { rows } = await inDatabase(server, "extensions", (client) =>
      client.query("select extname from pg_extension order by 1"),
    );
    expect(rows).toEqual([{ extname: "plpgsql" }]);
  });

  it("are settings that the server does not know, unless they are left out", async () => {
    const settings = [
      { role: null, name: "transaction_timeout", value: "1min" },
      { role: null, name: "app.tenant", value: "a 'b' \\c" },
      { role: "plain", name: "search_path", value: '"$user", "Odd ""one""", public' },
    ];
    const unknown = await backup({ attributes: { settings } });
    const target = { from: unknown, "database-url": urlOf(server, "settings") };
    expect(await inTheWay(target)).toEqual([["unknown-settings", said("transaction_timeout")]]);
    const done = await restore({ ...target, "unknown-settings": "skip" });
    expect(done.problems).toEqual([]);
    const [row] = await server.query(
      `select json_agg(setconfig order by setrole) as settings from pg_db_role_setting
        where setdatabase = (select oid from pg_database where datname = 'settings')`,
    );
    expect(row?.["settings"]).toEqual([
      ["app.tenant=a 'b' \\c"],
      ['search_path="$user", "Odd ""one""", public'],
    ]);
  });

  it("is a server of an older major than a pg_dump that knows more", async () => {
    const newer = await backup({
      manifest: (m) => ({ ...m, client: { ...m.client, version: { major: 17, full: "17.2" } } }),
    });
    expect(await inTheWay({ from: newer, "database-url": urlOf(server, "older") })).toEqual([
      [undefined, said("pg_dump 17.2; what reads it sets transaction_timeout")],
    ]);
  });

  it("is a pg_restore that cannot be had", async () => {
    const pg = { "pg-bin": makeTempDir("bin").path };
    expect(await inTheWay({ ...pg, "database-url": urlOf(server, "nothing") })).toEqual([
      [undefined, said("no pg_restore of PostgreSQL 15 here")],
    ]);
  });

  it("are inputs that do not go together", async () => {
    const url = { "database-url": urlOf(server, "copy") };
    expect(await inTheWay({})).toEqual([["database-url", said("no database to restore into")]]);
    expect(await inTheWay({ ...url, before: "2026-03-01T00:00:00Z" })).toEqual([
      ["before", said("nothing to choose")],
    ]);
    expect(await inTheWay({ "database-url": urlOf(server, "postgres"), mode: "swap" })).toEqual([
      ["maintenance-db", said('The target is the database "postgres" itself')],
    ]);
    expect(await inTheWay({ ...url, before: "yesterday" })).toEqual([
      ["before", said("must be a time with its zone")],
    ]);
  });

  it("is told by a dry run, which otherwise says what would be done, and fetches nothing", async () => {
    const url = { "database-url": urlOf(server, "dry"), "dry-run": "true" };
    expect(await inTheWay({ ...url, "database-url": urlOf(server, "shop") })).toEqual([
      ["mode", said("already")],
    ]);
    const { outcome } = await restore({ from, ...url });
    expect(outcome).toMatchObject({
      result: "planned",
      failures: [],
      outputs: { database: "dry", verified: "none" },
    });
    expect(await state()).toEqual(before);
  });

  it("is no date in the future, but whoever has that backup chosen is told of it", async () => {
    const at = Math.ceil(Date.now() / 1_000) * 1_000 + 86_400_000;
    const directory = path.dirname(path.dirname(await backup({ at })));
    const asked = { from: directory, "database-url": urlOf(server, "later"), "dry-run": "true" };
    const { outcome } = await restore(asked);
    expect(outcome).toMatchObject({
      outputs: { "snapshot-at": new Date(at).toISOString() },
      annotations: [{ level: "warning", message: said("is dated in the future") }],
    });
  });
});
