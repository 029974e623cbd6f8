import type { Client } from "pg";
import type { Manifest } from "../../../shared/backup/manifest.ts";
import { quoteIdentifier } from "../../../shared/postgres/sql.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

export type Verified = {
  readonly tables: number;
  /** Of those that were compared. */
  readonly rows: number;
  /** Tables that the backup tells no count of, or whose row security hides rows from the user who restores. */
  readonly uncounted: number;
};

const AT_ONCE = 50;
const SHOWN = 5;

/**
 * Counts every table of the connected database, and compares with what the backup held. Throws a UserError that names
 * the tables that differ.
 */
export async function verifyRows(client: Pick<Client, "query">, manifest: Manifest): Promise<Verified> {
  // What an extension puts into its own tables is there before the backup's rows are.
  const { rows: own } = await client.query<{ readonly schema: string; readonly name: string }>(`
    select n.nspname as schema, c.relname as name
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')`);
  const extensions = new Set(own.map(({ schema, name }) => JSON.stringify([schema, name])));
  const tables = manifest.tables.filter(
    ({ schema, name }) => !extensions.has(JSON.stringify([schema, name])),
  );
  // Policies that were restored hide rows from a user whom they hold for: what it counts would prove nothing.
  const { rows: walled } = await client.query<{ readonly schema: string; readonly name: string }>(`
    select n.nspname as schema, c.relname as name
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and pg_catalog.row_security_active(c.oid)`);
  const hidden = new Set(walled.map(({ schema, name }) => JSON.stringify([schema, name])));
  const counted = tables.filter(
    ({ schema, name, rows }) => rows !== null && !hidden.has(JSON.stringify([schema, name])),
  );
  const wrong: string[] = [];
  let total = 0;
  for (let at = 0; at < counted.length; at += AT_ONCE) {
    const batch = counted.slice(at, at + AT_ONCE);
    const counts = batch.map(
      ({ schema, name }) => `(select count(*) from only ${quoteIdentifier(schema)}.${quoteIdentifier(name)})`,
    );
    const { rows } = await client.query<{ readonly counts: readonly number[] }>(
      `select json_build_array(${counts.join(", ")}) as counts`,
    );
    batch.forEach((table, index) => {
      const found = rows[0]?.counts[index] ?? -1;
      total += found;
      if (found !== table.rows)
        wrong.push(`${table.schema}.${table.name} has ${found} rows instead of ${table.rows}`);
    });
  }
  const { rows: objects } = await client.query<{ readonly count: number }>(
    "select count(*)::int as count from pg_catalog.pg_largeobject_metadata",
  );
  const found = objects[0]?.count ?? -1;
  if (found !== manifest.largeObjects)
    wrong.push(`there are ${found} large objects instead of ${manifest.largeObjects}`);
  if (wrong.length > 0) {
    const more = wrong.length > SHOWN ? ` and ${wrong.length - SHOWN} more` : "";
    throw new UserError(
      `What was restored is not what was backed up: ${wrong.slice(0, SHOWN).join("; ")}${more}.`,
      {
        hint: "A trigger or a rule of the database may write on its own. Set verify: false to take it as it is.",
        where: { input: "verify" },
      },
    );
  }
  return { tables: tables.length, rows: total, uncounted: tables.length - counted.length };
}

/** How much of what was restored is proven: all tables, some of them, or none. Pure. */
export function extentOf(verified: Verified | undefined): "all" | "some" | "none" {
  if (verified === undefined) return "none";
  const { tables, uncounted } = verified;
  if (uncounted === 0) return "all";
  return uncounted < tables ? "some" : "none";
}
