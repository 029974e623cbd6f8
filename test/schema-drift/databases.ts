import { randomBytes } from "node:crypto";
import { Client } from "pg";
import type { Postgres } from "../support/postgres.ts";

export type TestDatabase = {
  readonly name: string;
  readonly url: string;
  /** Runs SQL as the superuser, all statements in one go, and returns the rows of the last one. */
  query(sql: string): Promise<Record<string, unknown>[]>;
};

/** Makes a database on a running server and fills it. */
export async function newDatabase(server: Postgres, sql = "", template = "template0"): Promise<TestDatabase> {
  const name = `d${randomBytes(6).toString("hex")}`;
  await server.query(`create database ${name} template ${template}`);
  const url = server.url.replace(/[^/]*$/, name);
  const query = async (text: string): Promise<Record<string, unknown>[]> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const result: unknown = await client.query(text);
      return ([result].flat().at(-1) as { readonly rows: Record<string, unknown>[] }).rows;
    } finally {
      await client.end();
    }
  };
  if (sql !== "") await query(sql);
  return { name, url, query };
}
