import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitStatements } from "../../shared/postgres/statements.ts";
import { some } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { newDatabase, type TestDatabase } from "./databases.ts";
import { drift } from "./drift.ts";
import { type ScratchServer, startScratchServer } from "./scratch-server.ts";

const BASE = `
create schema app;
create type app.state as enum ('new', 'paid', 'sent');
create domain app.email as text check (value like '%@%');
create table app.customers (
  id bigint generated always as identity primary key,
  mail app.email not null unique,
  name varchar(80) collate "C" not null default 'somebody',
  born date,
  doubled int generated always as (2 * 21) stored
);
comment on table app.customers is 'Who buys';
comment on column app.customers.mail is 'It''s where they read';
create table app.orders (
  id serial primary key,
  customer bigint not null references app.customers on delete cascade,
  state app.state not null default 'new',
  total numeric(10,2) not null constraint positive check (total >= 0)
) with (fillfactor = 90);
create index by_customer on app.orders (customer, (total + 1)) where total > 0;
create view app.paid with (security_invoker = true) as select id, total from app.orders where state = 'paid';
create materialized view app.sums as select customer, sum(total) from app.orders group by customer;
create function app.touch() returns trigger language plpgsql security definer set search_path to 'app', 'pg_temp'
  as 'begin new.total := new.total; return new; end';
create function app.worth(c bigint, lowest numeric default 1.5) returns numeric language sql stable cost 7
  return lowest + (select sum(o.total) from app.orders o where o.customer = c);
create trigger touched before update on app.orders for each row when (old.total is distinct from new.total) execute function app.touch();
alter table app.orders enable row level security, force row level security;
create policy own on app.orders as restrictive for select using (total > 0);
create sequence app.numbers increment 10 maxvalue 5000 cycle;
grant select, insert on app.orders to public;
grant update (state) on app.orders to public;
`;

/** Ways in which the database is no longer what it should be; none of them adds an object. */
const WAYS: readonly (readonly [string, string])[] = [
  ["tables that are gone", "drop table app.orders cascade"],
  ["everything that is gone", "drop schema app cascade"],
  [
    "columns",
    "alter table app.customers alter born set not null, alter name drop default, alter name type text, alter name drop not null, alter mail set storage external",
  ],
  ["an identity", "alter table app.customers alter id drop identity"],
  ["a column that is gone", "alter table app.orders drop total cascade"],
  [
    "constraints",
    "alter table app.orders drop constraint positive, add constraint positive check (total > 0) not valid; alter table app.orders drop constraint orders_customer_fkey, add constraint orders_customer_fkey foreign key (customer) references app.customers",
  ],
  ["a foreign key that is not enforced", "alter table app.orders disable trigger all"],
  ["an index", "drop index app.by_customer; create index by_customer on app.orders (customer)"],
  [
    "views",
    "drop view app.paid; create view app.paid as select id, total from app.orders; drop materialized view app.sums",
  ],
  ["a materialized view without rows", "refresh materialized view app.sums with no data"],
  [
    "functions",
    "alter function app.touch() reset search_path; alter function app.touch() security invoker; alter function app.worth(bigint, numeric) volatile cost 100",
  ],
  ["a trigger that is off, and one that is gone", "alter table app.orders disable trigger touched"],
  ["a trigger that is gone", "drop trigger touched on app.orders"],
  [
    "row security",
    "alter table app.orders disable row level security, no force row level security; drop policy own on app.orders",
  ],
  ["a policy", "alter policy own on app.orders using (true)"],
  [
    "rights",
    "revoke insert on app.orders from public; grant delete on app.orders to public; revoke update (state) on app.orders from public; grant usage on schema app to public",
  ],
  ["a sequence", "alter sequence app.numbers increment 1 no cycle no maxvalue"],
  [
    "options and comments",
    "alter table app.orders set (fillfactor = 50, autovacuum_enabled = off); comment on table app.customers is null; comment on column app.customers.mail is 'other'",
  ],
  [
    "names",
    "alter table app.orders rename column total to sum; alter index app.by_customer rename to by_c; alter table app.orders rename constraint positive to pos; alter trigger touched on app.orders rename to t",
  ],
  [
    "a table with another name",
    "drop view app.paid; drop materialized view app.sums; drop function app.worth; alter table app.orders rename to purchases",
  ],
  ["unlogged", "drop materialized view app.sums; alter table app.orders set unlogged"],
];

describe("the repair statements", needs("postgres-18"), () => {
  let server: Postgres;
  let scratch: ScratchServer;
  let expected: TestDatabase;
  beforeAll(async () => {
    [server, scratch] = await Promise.all([startPostgres({ major: 18 }), startScratchServer()]);
    expected = await newDatabase(server, BASE);
  });
  afterAll(() => Promise.all([server?.stop(), scratch?.stop()]));

  it.each(some(8, WAYS))("bring back %s", async (_title, sql) => {
    const database = await newDatabase(server, `${BASE} ${sql}`);
    const inputs = { "database-url": database.url, "baseline-url": expected.url };
    const before = await drift(inputs, { scratch });
    expect(before.findings).not.toEqual([]);
    const [file] = before.outcome.files ?? [];
    const script = (file?.content((text) => text) ?? "").replaceAll("CONCURRENTLY ", "");
    for (const { sql: statement } of splitStatements(script, { file: "repair.sql", line: 1 })) {
      await database.query(statement).catch((error: unknown) => {
        throw new Error(`${error}: ${statement}`);
      });
    }
    expect((await drift(inputs, { scratch })).told).toEqual([]);
  });
});
