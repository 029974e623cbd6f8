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
