import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScratchServer, startScratchServer } from "../schema-drift/scratch-server.ts";
import { needs } from "../support/needs.ts";
import { check, project } from "./check.ts";

describe("folders of SQL files", needs("postgres-18"), () => {
  let server: ScratchServer;
  beforeAll(async () => {
    server = await startScratchServer();
  });
  afterAll(() => server?.stop());

  const FIRST = {
    "migrations/001_orders.up.sql":
      "create table orders (id int primary key, total int); create index orders_total on orders (total);",
    "migrations/001_orders.down.sql": "drop table orders;",
  };
  const second = (up: string, down?: string): Record<string, string> => ({
    ...FIRST,
    "migrations/002_next.up.sql": up,
    ...(down === undefined ? {} : { "migrations/002_next.down.sql": down }),
  });
  const tried = (files: Readonly<Record<string, string>>, inputs: Readonly<Record<string, string>> = {}) =>
    check({ preset: "sql", "working-directory": project(files), "scratch-url": server.url, ...inputs });

  it("finds nothing in a migration that takes back what it brought, and says what it did not look at", async () => {
    const files = second(
      "create type mood as enum ('a', 'b'); alter table orders add column mood mood default 'a';",
      "alter table orders drop column mood; drop type mood;",
    );
    const { outcome, told, notChecked, checked } = await tried(files);
    expect(told).toEqual([]);
    expect(outcome.result).toBe("passed");
    expect(checked).toMatchObject([{ id: "002_next", empty: "passed", seeded: "no seed", irreversible: "" }]);
    expect(checked[0]?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(notChecked.map((each) => each.split(":")[0])).toEqual([
      "a second run",
      "whether released migrations were edited",
      "migrations on rows",
      "locks",
    ]);
  });

  it("finds what ways down leave behind: types, tables, indexes, defaults, functions", async () => {
    const leaving = [
      "create type mood as enum ('a')",
      "create table if not exists t (id int primary key)",
      "create index if not exists extra on orders (id, total)",
      "alter table orders alter column total set default 5",
      "create or replace function f() returns int language sql as 'select 1'",
    ];
    const files = leaving.flatMap((sql, at) => [
      [`migrations/00${at + 2}_x.up.sql`, sql],
      [`migrations/00${at + 2}_x.down.sql`, "select 1"],
    ]);
    const { told } = await tried({ ...FIRST, ...Object.fromEntries(files) }, { check: "all" });
    expect(told).toEqual([
      "MC-DOWN-CHANGES 005_x: column public.orders.total",
      "MC-DOWN-LEAVES 002_x: enum public.mood",
      "MC-DOWN-LEAVES 003_x: table public.t",
      "MC-DOWN-LEAVES 004_x: index public.extra",
      "MC-DOWN-LEAVES 006_x: function public.f()",
      "MC-UP-AGAIN-FAILS 002_x",
    ]);
  });

  it("names the property, what it was and what it is", async () => {
    const { findings, outcome } = await tried(
      second("alter table orders alter column total set default 5", "select 1"),
    );
    expect(findings[0]?.differences).toEqual([{ property: "default", expected: "none", actual: "5" }]);
    expect(outcome.failures).toMatchObject([
      {
        title: "MC-DOWN-CHANGES: 002_next",
        message:
          "002_next: column public.orders.total is not brought back by the downgrade as it was. default was none and is 5.",
        where: { file: expect.stringMatching(/002_next\.up\.sql$/) },
      },
    ]);
  });

  it("finds what the way down takes away beside its own, and what comes back as another", async () => {
    const { told } = await tried(
      second(
        "alter table orders add column x int",
        "alter table orders drop column x; drop index orders_total",
      ),
    );
    expect(told).toEqual([
      "MC-DOWN-LACKS 002_next: index public.orders_total",
      "MC-UP-DIFFERS 002_next: index public.orders_total",
    ]);
  });

  it("does not mind that a column comes back in another place: PostgreSQL has no way to do that", async () => {
    const files = second(
      "alter table orders drop column total",
      "alter table orders add column total int; create index orders_total on orders (total)",
    );
    expect((await tried(files)).told).toEqual([]);
  });

  it("finds what fails on rows alone, upwards and downwards, and says that it is about rows", async () => {
    const seed = { "seed.sql": "insert into orders values (1, null)" };
    const up = second(
      "alter table orders alter column total set not null",
      "alter table orders alter column total drop not null",
    );
    const upwards = await tried({ ...up, ...seed }, { seed: "seed.sql" });
    expect(upwards.told).toEqual(["MC-UP-FAILS-ON-DATA 002_next"]);
    expect(upwards.checked).toMatchObject([{ empty: "passed", seeded: "failed" }]);
    expect(upwards.findings[0]?.said).toMatch(/contains null values \(SQLSTATE 23502\)$/);

    const down = second(
      "update orders set total = null; alter table orders drop column total",
      "alter table orders add column total int not null; create index orders_total on orders (total)",
    );
    const downwards = await tried({ ...down, ...seed }, { seed: "seed.sql" });
    expect(downwards.told).toEqual([
      "MC-DOWN-CHANGES 002_next: column public.orders.total",
      "MC-DOWN-FAILS-ON-DATA 002_next",
    ]);
  });

  it("tries all of them, and one that goes wrong does not spoil the next", async () => {
    const files = {
      ...second("create type mood as enum ('a')", "select 1"),
      "migrations/003_use.up.sql": "create table uses (m mood)",
      "migrations/003_use.down.sql": "drop table uses",
    };
    const { told, checked } = await tried(files, { check: "all" });
    expect(told).toEqual(["MC-DOWN-LEAVES 002_next: enum public.mood", "MC-UP-AGAIN-FAILS 002_next"]);
    expect(checked.map(({ id, empty }) => `${id} ${empty}`)).toEqual([
      "001_orders passed",
      "002_next failed",
      "003_use passed",
    ]);
  });

  it("says at which line of which file SQL failed, and what could not be reached after it", async () => {
    const files = {
      ...second("select 1;\nselect nonsense;", "select 1"),
      "migrations/003_x.up.sql": "select 1",
      "migrations/003_x.down.sql": "select 1",
    };
    const { findings, checked } = await tried(files, { check: "all" });
    expect(findings).toMatchObject([{ code: "MC-UP-FAILS", revision: "002_next", line: 2 }]);
    expect(checked.map(({ empty }) => empty)).toEqual(["passed", "failed", "not reached"]);
  });

  it("respects what is declared to have no way back, and lists it", async () => {
    const marked = second(
      "-- migration-check: irreversible, the rows are gone\nalter table orders drop column total",
    );
    expect(await tried(marked)).toMatchObject({
      told: [],
      outcome: { outputs: { irreversible: "002_next" } },
    });
    expect(
      await tried(second("alter table orders drop column total"), { irreversible: "002_next" }),
    ).toMatchObject({
      told: [],
      checked: [{ irreversible: "the input irreversible says so" }],
    });
    expect((await tried(second("alter table orders drop column total"))).told).toEqual([
      "MC-NO-DOWN 002_next",
    ]);
  });

  it("runs files twice that are made for it, and finds what the second run changes", async () => {
    const files = {
      "migrations/1_a.sql": "create table if not exists t (id int)",
      "migrations/2_b.sql":
        "do $$ begin execute 'create table t' || (select count(*) from pg_class where relname ~ '^t') || ' ()'; end $$",
    };
    const { told } = await tried(files, { rerun: "true", check: "all" });
    expect(told).toEqual([expect.stringMatching(/^MC-SECOND-RUN-CHANGES 2_b: table public\.t\d+$/)]);
  });

  it("puts rows in where seed-at says, and refuses a revision that there is not", async () => {
    const files = {
      ...second("alter table orders add column x int", "alter table orders drop column x"),
      "seed.sql": "insert into orders values (1, 2)",
    };
    const { checked } = await tried(files, { seed: "seed.sql", "seed-at": "001_orders", check: "all" });
    expect(checked.map(({ seeded }) => seeded)).toEqual(["no seed", "passed"]);
    await expect(tried(files, { seed: "seed.sql", "seed-at": "9" })).rejects.toThrow(
      "there is no revision 9",
    );
    await expect(
      tried({ ...files, "seed.sql": "insert into nowhere values (1)" }, { seed: "seed.sql" }),
    ).rejects.toThrow("the rows do not fit into 001_orders");
  });

  it("takes roles that migrations make back before the next database", async () => {
    const files = {
      ...second(
        "create role migration_check_test_role; grant select on orders to migration_check_test_role",
        "drop owned by migration_check_test_role; drop role migration_check_test_role",
      ),
      "seed.sql": "select 1",
    };
    // On a temporary server, which is all its own.
    const { told } = await check({ preset: "sql", "working-directory": project(files), seed: "seed.sql" });
    expect(told).toEqual([]);
  });

  it("reads the folders of dbmate, Prisma and Flyway", async () => {
    const dbmate = {
      "db/migrations/20240101_a.sql": "-- migrate:up\ncreate type mood as enum ('a');\n-- migrate:down\n",
      "db/migrations/20240102_b.sql":
        "-- migrate:up transaction:false\ncreate table t ();\n-- migrate:down\ndrop table t;",
    };
    expect((await tried(dbmate, { preset: "dbmate", check: "all" })).told).toEqual(["MC-NO-DOWN 20240101"]);
    const prisma = {
      "prisma/migrations/20240101_a/migration.sql": "create table t ();",
      "prisma/migrations/20240102_b/migration.sql": "create table u ();",
      "prisma/migrations/20240102_b/down.sql": "select 1",
    };
    expect((await tried(prisma, { preset: "prisma" })).told).toEqual([
      "MC-DOWN-LEAVES 20240102_b: table public.u",
      "MC-UP-AGAIN-FAILS 20240102_b",
    ]);
    const flyway = {
      "migrations/V1__a.sql": "create table t (id int);",
      "migrations/U1__a.sql": "drop table t;",
      "migrations/R__v.sql": "create or replace view v as select id from t;",
    };
    expect(await tried(flyway, { preset: "flyway", check: "all" })).toMatchObject({
      told: [],
      checked: [{ id: "V1__a" }, { id: "R__v", irreversible: "it is repeatable: it is run again instead" }],
    });
  });

  it("has dbmate's transaction be one: what may not run inside of it fails, as it does with dbmate", async () => {
    const files = (mark: string) => ({
      "db/migrations/1_a.sql": "-- migrate:up\ncreate table t (id int);\n-- migrate:down\ndrop table t;",
      "db/migrations/2_b.sql": `-- migrate:up${mark}\ncreate index concurrently i on t (id);\n-- migrate:down\ndrop index i;`,
    });
    expect((await tried(files(""), { preset: "dbmate" })).told).toEqual(["MC-UP-FAILS 2"]);
    expect((await tried(files(" transaction:false"), { preset: "dbmate" })).told).toEqual([]);
  });

  it("ignores what is known, and lists it", async () => {
    const files = second("create table if not exists t ()", "select 1");
    const { outcome, told } = await tried(files, { ignore: "MC-DOWN-LEAVES 002_next" });
    expect(told).toEqual([]);
    expect(outcome.summary.join("\n")).toContain("Ignored: 1");
    await expect(tried(files, { ignore: "MC-NONE" })).rejects.toThrow('there is no finding "MC-NONE"');
  });

  it("says of commands that may go elsewhere that nobody has looked, and not of those that `current` is there for", async () => {
    const files = { "migrations/1_a.sql": "" };
    const own = { preset: "", migrations: "migrations", to: "true" };
    const doubt = expect.stringContaining("reach the scratch database");
    expect((await tried(files, own)).notChecked).toContainEqual(doubt);
    const current = "psql -Atc 'select 1'";
    expect((await tried(files, { ...own, current })).notChecked).not.toContainEqual(doubt);
  });

  it("refuses a scratch server that is a target, by its address and by who it is", async () => {
    const never = async (text: string) => tried(FIRST, { never: text });
    const { port } = new URL(server.url);
    await expect(never(`127.0.0.1:${port}`)).rejects.toThrow("scratch-url is on a server that `never` names");
    await expect(never(server.url.replace("127.0.0.1", "localhost"))).rejects.toThrow(
      /same server|`never` names/,
    );
    expect((await never("127.0.0.1:1,production.example")).told).toEqual([]);
  });
});
