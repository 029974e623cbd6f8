import { quoteIdentifier } from "../../../../shared/postgres/sql.ts";
import type { Place } from "../tool.ts";

/** Whether a tool's table, in whatever schema it is, holds a revision; false where there is no such table. */
export function isRecorded(
  place: Place,
  table: string,
  query: (table: string) => string,
  id: string,
): Promise<boolean> {
  return place.use(async (client) => {
    const { rows } = await client.query<{ readonly schema: string }>(
      `select n.nspname as schema from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relname = $1 and c.relkind in ('r', 'p')`,
      [table],
    );
    for (const { schema } of rows) {
      const found = await client.query({
        text: query(`${quoteIdentifier(schema)}.${quoteIdentifier(table)}`),
        rowMode: "array",
      });
      if (found.rows.some(([version]: unknown[]) => String(version) === id)) return true;
    }
    return false;
  });
}
