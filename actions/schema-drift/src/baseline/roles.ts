import { quoteIdentifier } from "../../../../shared/postgres/sql.ts";
import type { Database } from "../database.ts";

/** Makes the roles of the target on a temporary server, without a login: migrations grant them rights. */
export async function addRoles(target: Database, scratch: Database): Promise<void> {
  const names = await target.use(async (client) => {
    const { rows } = await client.query<{ readonly name: string }>(
      "select rolname as name from pg_catalog.pg_roles where rolname !~ '^pg_' order by 1",
    );
    return rows.map(({ name }) => name);
  });
  await scratch.use(async (client) => {
    const { rows } = await client.query<{ readonly name: string }>(
      "select rolname as name from pg_catalog.pg_roles",
    );
    const there = new Set(rows.map(({ name }) => name));
    for (const name of names)
      if (!there.has(name)) await client.query(`create role ${quoteIdentifier(name)}`);
  });
}
