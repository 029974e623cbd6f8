import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { schemas } from "../../actions/schema-drift/src/schemas.ts";
import { needs } from "../support/needs.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { newDatabase } from "./databases.ts";
import { drift } from "./drift.ts";

const SHOP = `
create table customers (id bigint generated always as identity primary key, email varchar(100) not null unique);
create table orders (
  id bigint generated always as identity primary key,
  customer bigint not null references customers on delete cascade,
  status varchar(20) not null default 'new' check (status in ('new', 'paid', 'sent')),
  total numeric(10,2) not null check (total >= 0)
);
create index orders_customer on orders (customer);
create view paid as select id, total from orders where status = 'paid';
`;

describe("schema-drift", needs("postgres-18"), () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({ major: 18 });
  });
  afterAll(() => server?.stop());

  it("finds nothing between two databases that were made alike", async () => {
    const [one, two] = [await newDatabase(server, SHOP), await newDatabase(server, SHOP)];
    const { outcome, told } = await drift({ "database-url": two.url, "baseline-url": one.url });
    expect(told).toEqual([]);
    expect(outcome).toMatchObject({ result: "clean", failures: [], outputs: { drift: false, severity: "" } });
  });

  it("tells each difference once, with what it means", async () => {
    const [one, two] = [await newDatabase(server, SHOP), await newDatabase(server, SHOP)];
    await two.query(`
      drop index orders_customer;
      alter table customers alter email type varchar(80);
      alter table orders alter status drop default;
      alter table orders disable trigger all;
      create table hotfix (id int primary key);
      drop view paid`);
    const { outcome, told } = await drift({ "database-url": two.url, "baseline-url": one.url });
    expect(told).toEqual([
      "column public.customers.email: SD-COLUMN-TYPE critical changed",
      "column public.orders.status: SD-COLUMN-DEFAULT critical changed",
      "foreign key public.orders.orders_customer_fkey: SD-FK-UNENFORCED critical changed",
      "index public.orders_customer: SD-INDEX-MISSING major missing",
      "table public.hotfix: SD-TABLE-UNEXPECTED major unexpected",
      "view public.paid: SD-VIEW-MISSING critical missing",
    ]);
    expect(outcome.result).toBe("drift");
    expect(
      schemas["report.schema.json"].shape.findings.safeParse(outcome.details["findings"]).error,
    ).toBeUndefined();
  });

  it("tells what stands on its own though something else explains it, where that is ignored or less grave", async () => {
    const [one, two] = [await newDatabase(server, SHOP), await newDatabase(server, SHOP)];
    await two.query(`
      create function debug_it() returns trigger language plpgsql as 'begin return new; end';
      create trigger debug after update on orders for each row execute function debug_it();
      create function mine(bigint) returns boolean language sql return true;
      create policy everything on orders using (mine(customer))`);
    const folder = makeTempDir("policy");
    onTestFinished(() => folder.remove());
    const config = path.join(folder.path, "drift.yml");
    writeFileSync(
      config,
      "ignore: [{ name: public.debug_*, kind: function, reason: debugging, until: 2099-01-01 }]",
    );
    const { told } = await drift({ "database-url": two.url, "baseline-url": one.url, config });
    expect(told).toEqual([
      "function public.mine(bigint): SD-FUNCTION-UNEXPECTED major unexpected",
      "policy public.orders.everything: SD-POLICY-UNEXPECTED critical looser",
      "trigger public.orders.debug: SD-TRIGGER-UNEXPECTED major unexpected",
    ]);
  });

  it("lists what acts on a table of an extension, which is not modelled", async () => {
    const EXTENDED = `${SHOP} create table inside (id int); alter extension plpgsql add table inside;
      create function touch() returns trigger language plpgsql as 'begin return new; end';`;
    const [one, two] = [await newDatabase(server, EXTENDED), await newDatabase(server, EXTENDED)];
    await two.query("create trigger touched before update on inside for each row execute function touch()");
    const { outcome, told } = await drift({ "database-url": two.url, "baseline-url": one.url });
    expect(told).toEqual([
      "not modelled trigger touched on public.inside: SD-NOT-MODELLED-UNEXPECTED info unexpected",
    ]);
    expect(outcome.details["notCompared"]).toContain(
      "trigger touched on public.inside: of a kind that is not modelled",
    );
  });

  it("takes an SQL file for the truth, whoever owns things here and there", async () => {
    const folder = makeTempDir("baseline");
    onTestFinished(() => folder.remove());
    const file = path.join(folder.path, "structure.sql");
    writeFileSync(file, SHOP);
    await server.query("drop role if exists app; create role app login superuser");
    const database = await newDatabase(server, `set role app; ${SHOP}`);
    const { told, outcome } = await drift({ "database-url": database.url, "baseline-file": file });
    expect(told).toEqual([]);
    expect(outcome.result).toBe("clean");
  });
});
