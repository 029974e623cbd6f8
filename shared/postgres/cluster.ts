import type { Client } from "pg";
import { isServerError } from "./failure.ts";

/** What tells one running server from another. */
export type Cluster = {
  /** Made by initdb, and kept by copies of the data directory; undefined where the role may not read it. */
  readonly systemIdentifier: string | undefined;
  /** When the server was started, to the microsecond: two connections open at once to one server see the same. */
  readonly startedAt: string;
};

/** Asks a server who it is. Rejects as a query does. */
export async function clusterOf(client: Pick<Client, "query">): Promise<Cluster> {
  const { rows } = await client.query<{ readonly at: string }>(
    `select to_char(pg_catalog.pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as at`,
  );
  return { systemIdentifier: await systemIdentifier(client), startedAt: rows[0]?.at ?? "" };
}

async function systemIdentifier(client: Pick<Client, "query">): Promise<string | undefined> {
  try {
    const { rows } = await client.query<{ readonly id: string }>(
      "select system_identifier::text as id from pg_catalog.pg_control_system()",
    );
    return rows[0]?.id;
  } catch (error) {
    // Providers take the right away, and some have no such function.
    if (isServerError(error) && /^(?:42501|42883|0A000)$/.test(error.code)) return undefined;
    throw error;
  }
}

/** Whether both are, or may be copies of, one cluster. */
export function sameCluster(one: Cluster, other: Cluster): boolean {
  if (one.startedAt === other.startedAt) return true;
  return one.systemIdentifier !== undefined && one.systemIdentifier === other.systemIdentifier;
}
