import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { catalogQueries } from "../../../shared/postgres/catalog/queries/queries.ts";
import { readCatalog } from "../../../shared/postgres/catalog/read.ts";
import { beginSql } from "../../../shared/postgres/catalog/session.ts";
import { needs } from "../../support/needs.ts";
import { type Postgres, startPostgres } from "../../support/postgres.ts";

const LIMITS = { statementTimeoutMs: 30_000, lockTimeoutMs: 200 };

describe("reading a schema", needs("postgres-18"), () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({ major: 18 });
    await server.query("create table t (a int); create view v as select a from t");
  });
  afterAll(() => server.stop());

  async function withClient<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const client = new Client(server.url);
    client.on("error", () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  test("takes as many queries whatever there is, and one way there and back for all of them", async () => {
    const sent: unknown[] = [];
    await withClient(async (client) => {
      const counting: Pick<Client, "query"> = {
        query: ((...args: Parameters<Client["query"]>) => {
          sent.push(args[0]);
          return client.query(...args);
        }) as Client["query"],
      };
      await readCatalog(counting, LIMITS);
    });
    expect(sent).toHaveLength(5);
    expect(catalogQueries({ major: 18, superuser: true }).length).toBeLessThan(60);
  });

  test("cannot write, and leaves neither a transaction nor a setting behind", async () => {
    await withClient(async (client) => {
      await client.query(beginSql(LIMITS));
      await expect(client.query("create table forbidden (a int)")).rejects.toThrow("read-only transaction");
      await client.query("rollback");
      const settings = "select name, setting from pg_settings where context = 'user' order by 1";
      const before = await client.query(settings);
      await readCatalog(client, LIMITS);
      expect((await client.query(settings)).rows).toEqual(before.rows);
      expect((await client.query("select pg_current_xact_id_if_assigned() as id")).rows).toEqual([
        { id: null },
      ]);
    });
  });

  test("gives up when a lock is not to be had, and says so", async () => {
    await withClient(async (other) => {
      await other.query("begin; lock table t in access exclusive mode");
      await withClient(async (client) => {
        await expect(readCatalog(client, LIMITS)).rejects.toMatchObject({ code: "55P03" });
        // The connection is fit for the next query.
        expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
      });
      await other.query("rollback");
    });
  });

  test("gives up when a query takes too long", async () => {
    await withClient(async (client) => {
      const slow = readCatalog(client, { ...LIMITS, statementTimeoutMs: 1 });
      await expect(slow).rejects.toMatchObject({ code: "57014" });
    });
  });

  test("fails when the connection is lost half-way", async () => {
    await withClient(async (client) => {
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      await withClient(async (other) => {
        await other.query("begin; lock table t in access exclusive mode");
        const reading = readCatalog(client, { ...LIMITS, lockTimeoutMs: 20_000 });
        const outcome = expect(reading).rejects.toThrow();
        await until(other, "select from pg_stat_activity where wait_event_type = 'Lock'");
        await other.query(`select pg_terminate_backend(${rows[0]?.pid})`);
        await outcome;
        await other.query("rollback");
      });
    });
  });
});

async function until(client: Client, sql: string): Promise<void> {
  while ((await client.query(sql)).rows.length === 0);
}
