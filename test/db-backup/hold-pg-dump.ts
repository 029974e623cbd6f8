import { Client } from "pg";
import { onTestFinished } from "vitest";
import type { Postgres } from "../support/postgres.ts";

/** The sessions of the role `dumper` that wait for a lock. */
export const WAITING =
  "select pid from pg_locks join pg_stat_activity using (pid) where not granted and usename = 'dumper'";

/** Makes pg_dump wait for as long as the test runs: for a catalog that nobody else reads. */
export async function holdPgDump(server: Postgres): Promise<void> {
  const client = new Client({ connectionString: server.url });
  client.on("error", () => undefined);
  onTestFinished(() => client.end());
  await client.connect();
  await client.query("begin; lock table pg_catalog.pg_ts_parser in access exclusive mode");
}
