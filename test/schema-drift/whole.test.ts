import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { newDatabase } from "./databases.ts";
import { drift } from "./drift.ts";
import { type ScratchServer, startScratchServer } from "./scratch-server.ts";

const BASE = `
create table customers (id bigint generated always as identity primary key, email text not null unique);
create table orders (id bigint generated always as identity primary key, customer bigint references customers, total int);
create index orders_customer on orders (customer);
create view recent as select id, total from orders;
create view best as select id from recent where total > 10;
create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger touched before update on orders for each row execute function touch();
create table events (at date not null, what text) partition by range (at);
create table events_1 partition of events for values from ('2026-01-01') to ('2026-02-01');
create table events_2 partition of events for values from ('2026-02-01') to ('2026-03-01');
`;

describe("what is one difference to people is one finding", needs("postgres-18"), () => {
  let server: Postgres;
  let scratch: ScratchServer;
  beforeAll(async () => {
    [server, scratch] = await Promise.all([startPostgres({ major: 18 }), startScratchServer()]);
  });
  afterAll(() => Promise.all([server?.stop(), scratch?.stop()]));

  const after = async (sql: string, inputs: Readonly<Record<string, string>> = {}) => {
    const [one, two] = [await newDatabase(server, BASE), await newDatabase(server, `${BASE} ${sql}`)];
    return drift({ "database-url": two.url, "baseline-url": one.url, ...inputs }, { scratch });
  };

  it.each([
    [
      "a table that was dropped takes its parts and what needs it along",
      "drop table orders cascade",
      ["table public.orders: SD-TABLE-MISSING critical missing"],
    ],
    [
      "a function that was dropped takes its triggers along",
      "drop function touch cascade",
      ["function public.touch(): SD-FUNCTION-MISSING critical missing"],
    ],
    [
      "a column that was dropped takes its index and foreign key along",
      "alter table orders drop customer",
      ["column public.orders.customer: SD-COLUMN-MISSING critical missing"],
    ],
    [
      "a table that was added comes with all its parts",
      "create schema tmp create table fix (id serial primary key, n int check (n > 0)); create index on tmp.fix (n)",
      ["schema tmp: SD-SCHEMA-UNEXPECTED major unexpected"],
    ],
    [
      "a view that was dropped takes those on it along",
      "drop view recent cascade",
      ["view public.recent: SD-VIEW-MISSING critical missing"],
    ],
    [
      "an index with another name is renamed",
      "alter index orders_customer rename to orders_by_customer",
      ["index public.orders_customer: SD-INDEX-RENAMED minor changed"],
    ],
    [
      "a column with another name is renamed",
      "alter table customers rename email to mail",
      ["column public.customers.email: SD-COLUMN-RENAMED critical changed"],
    ],
    [
      "a table with another name is renamed, and nothing that belongs to it differs",
      "drop view recent cascade; create view recent as select 1 as id, 2 as total; create view best as select id from recent where total > 10; alter table orders rename to purchases",
      [
        "table public.orders: SD-TABLE-RENAMED critical changed",
        "view public.recent: SD-VIEW-DEFINITION major changed",
      ],
    ],
    [
      "two that could be meant are not paired",
      "drop index orders_customer; create index a on orders (customer); create index b on orders (customer)",
      [
        "index public.a: SD-INDEX-UNEXPECTED major unexpected",
        "index public.b: SD-INDEX-UNEXPECTED major unexpected",
        "index public.orders_customer: SD-INDEX-MISSING major missing",
      ],
    ],
    [
      "partitions of a table are counted",
      "create table events_3 partition of events for values from ('2026-03-01') to ('2026-04-01'); drop table events_1",
      ["table public.events: SD-TABLE-PARTITIONS minor changed"],
    ],
    [
      "partitions that are only more are told",
      "create table events_3 partition of events for values from ('2026-03-01') to ('2026-04-01')",
      ["table public.events: SD-TABLE-PARTITIONS info changed"],
    ],
    [
      "a bound that differs is no matter of counting",
      "drop table events_2; create table events_2 partition of events for values from ('2026-02-01') to ('2026-02-15')",
      ["table public.events_2: SD-TABLE-PARTITION-BOUND critical changed"],
    ],
  ])("%s", async (_title, sql, told) => {
    expect((await after(sql)).told).toEqual(told);
  });

  it.each([
    [
      "compare",
      [
        "table public.events_1: SD-TABLE-MISSING critical missing",
        "table public.events_3: SD-TABLE-UNEXPECTED major unexpected",
      ],
    ],
    ["ignore", []],
  ])("partitions: %s tells what it says", async (mode, told) => {
    const sql = `create table events_3 partition of events for values from ('2026-03-01') to ('2026-04-01');
      create index on events_2 (what); drop table events_1`;
    const found = (await after(sql, { partitions: mode })).told.filter(
      (each) => !each.startsWith("index public.events_2"),
    );
    expect(found).toEqual(told);
  });

  it("names what came along in the report", async () => {
    const { findings } = await after("drop table orders cascade");
    expect(findings[0]?.along.toSorted()).toEqual(
      expect.arrayContaining([
        "column public.orders.total",
        "index public.orders_customer",
        "view public.best",
        "view public.recent",
      ]),
    );
  });
});
