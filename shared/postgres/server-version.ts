import type { Client } from "pg";

export type ServerVersion = {
  /** 14, 18, … */
  readonly major: number;
  /** As the server writes it, such as `18.4 (Debian 18.4-1.pgdg12+1)`. */
  readonly full: string;
};

/** The version of the server behind the connection. Rejects as any query does. */
export async function serverVersion(client: Pick<Client, "query">): Promise<ServerVersion> {
  const { rows } = await client.query<{ readonly number: number; readonly full: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as full`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("the server did not tell its version");
  // Since PostgreSQL 10 the last four digits are the minor version.
  return { major: Math.floor(row.number / 10_000), full: row.full };
}
