import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { newDatabase } from "./databases.ts";
import { drift } from "./drift.ts";

/**
 * Expressions that a server writes in another way once it has read what it wrote: each by the SQL that makes it, and the
 * query for the text that a dump would have.
 */
const ORDERS = `
create schema app;
create type app.state as enum ('new', 'paid');
create function app.twice(n numeric) returns numeric language sql immutable as 'select n * 2';
create table app.orders (id int primary key, status varchar(20), total numeric, state app.state);
create view app.paid as select * from app.orders where state = 'paid';
`;
const CHECK = "check (status in ('new', 'paid', 'sent') and app.twice(total) > 0)";
const VIEW =
  "select p.id, null::integer, app.twice(p.total) as twice, max(o.status) from app.paid p join app.orders o using (id) where o.status in ('new', 'paid') group by p.id, p.total";

describe("two texts of one expression", needs("postgres-18"), () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({ major: 18 });
  });
  afterAll(() => server?.stop());

  /** The same schema, and one that was made of what the first one's server says of it. */
  const pair = async () => {
    const one = await newDatabase(
      server,
      `${ORDERS} alter table app.orders add constraint known ${CHECK}; create view app.summed as ${VIEW};
       create index partly on app.orders (app.twice(total)) where status in ('new', 'sent')`,
    );
    const [text] = await one.query(`set search_path = '';
      select pg_get_constraintdef(oid) as known, pg_get_viewdef('app.summed'::regclass) as summed,
             pg_get_indexdef('app.partly'::regclass) as partly
        from pg_constraint where conname = 'known'`);
    const two = await newDatabase(
      server,
      `${ORDERS} set search_path = ''; alter table app.orders add constraint known ${text?.["known"]};
       create view app.summed as ${text?.["summed"]}; ${text?.["partly"]}`,
    );
    return { one, two };
  };

  it("differ and mean the same: no finding, with stubs of what they refer to, and without", async () => {
    const { one, two } = await pair();
    const undecided = await drift({ "database-url": two.url, "baseline-url": one.url }, { scratch: 0 });
    expect(undecided.told).toEqual([
      "check constraint app.orders.known: SD-CHECK-EXPRESSION major changed",
      "index app.partly: SD-INDEX-PREDICATE major changed",
      "view app.summed: SD-VIEW-DEFINITION major changed",
    ]);
    expect(undecided.findings[0]?.remarks[0]?.undecided).toMatch(/There is no postgres and initdb/);
    expect((await drift({ "database-url": two.url, "baseline-url": one.url })).told).toEqual([]);

    const folder = makeTempDir("baseline");
    onTestFinished(() => folder.remove());
    const file = path.join(folder.path, "schema.sql");
    writeFileSync(
      file,
      `${ORDERS} alter table app.orders add constraint known ${CHECK}; create view app.summed as ${VIEW};
       create index partly on app.orders (app.twice(total)) where status in ('new', 'sent')`,
    );
    expect((await drift({ "database-url": two.url, "baseline-file": file })).told).toEqual([]);
  });

  it("differ and mean something else: a finding", async () => {
    const { one, two } = await pair();
    await two.query(`
      alter table app.orders drop constraint known,
        add constraint known check (status in ('new', 'paid', 'lost') and app.twice(total) > 0);
      drop index app.partly; create index partly on app.orders (app.twice(total)) where status in ('new')`);
    const { told, findings } = await drift({ "database-url": two.url, "baseline-url": one.url });
    expect(told).toEqual([
      "check constraint app.orders.known: SD-CHECK-EXPRESSION major changed",
      "index app.partly: SD-INDEX-PREDICATE major changed",
    ]);
    expect(findings.flatMap(({ remarks }) => remarks.map(({ undecided }) => undecided))).toEqual([
      undefined,
      undefined,
    ]);
  });
});
