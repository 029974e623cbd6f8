import type { Client } from "pg";
import { quoteIdentifier, quoteLiteral } from "../../../shared/postgres/sql.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { besideName, type Mark, markSchema } from "./beside.ts";
import { contentOf } from "./emptiness.ts";
import { dropSubscriptions } from "./remove-beside.ts";
import { sessionName, type Target } from "./target.ts";

/** A database that a killed run has left; without a mark where it was killed before it could write one. */
export type Leftover = { readonly name: string; readonly mark: Mark | undefined };

// As besideName() makes it: the end is the run's.
const RUN = /_restoring_([0-9a-f]{12})$/;

/**
 * Databases that killed runs have left: of the name that a run gives them for this target, marked as such or without any
 * comment, and without any session in them or of that run. Rejects as a query does.
 */
export async function leftovers(client: Pick<Client, "query">, database: string): Promise<Leftover[]> {
  const { rows } = await client.query<{ readonly name: string; readonly comment: string | null }>(`
    select d.datname as name, pg_catalog.shobj_description(d.oid, 'pg_database') as comment
      from pg_catalog.pg_database d where d.datname ~ '_restoring_[0-9a-f]{12}$' order by d.datname`);
  const found: Leftover[] = [];
  for (const { name, comment } of rows) {
    const run = RUN.exec(name)?.[1];
    if (run === undefined || name !== besideName(database, run)) continue;
    const mark = readMark(comment);
    if (comment !== null && mark === undefined) continue;
    if (mark !== undefined && (mark.database !== name || mark.target !== database || mark.run !== run))
      continue;
    const { rows: alive } = await client.query(
      `select 1 from pg_catalog.pg_stat_activity
        where application_name = ${quoteLiteral(sessionName(run))} or datname = ${quoteLiteral(name)} limit 1`,
    );
    if (alive.length === 0) found.push({ name, mark });
  }
  return found;
}

function readMark(comment: string | null): Mark | undefined {
  try {
    return markSchema.parse(JSON.parse(comment ?? ""));
  } catch {
    return undefined;
  }
}

/**
 * Drops what a killed run has left, and says what was done, or why not. Without force: whoever has connected in the
 * meantime keeps it. And without a mark, only where nothing is in it: the name alone proves nothing.
 */
export async function dropLeftover(
  client: Pick<Client, "query">,
  target: Target,
  { name, mark }: Leftover,
): Promise<string> {
  const when = mark === undefined ? "before anything was in it" : mark.startedAt;
  const what = `the unfinished database ${JSON.stringify(name)} of a run that was killed (${when})`;
  const drop = `DROP DATABASE ${quoteIdentifier(name)};`;
  try {
    if (mark === undefined) {
      const content = await everythingIn(target, name);
      if (content.length > 0) {
        return `The database ${JSON.stringify(name)} has the name of an unfinished one, and holds ${content.join(", ")}: it stays. If nobody needs it, run: ${drop}`;
      }
    } else {
      await dropSubscriptions(client, target, name);
    }
    await client.query(`DROP DATABASE ${quoteIdentifier(name)}`);
    return `Removed ${what}.`;
  } catch (error) {
    const why = remoteLine(error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
    return `Could not remove ${what}: ${why}. If nobody needs it, run: ${drop}`;
  }
}

/** What a new database would not have, extensions and all that hangs together included. */
async function everythingIn(target: Target, name: string): Promise<readonly string[]> {
  const client = await target.connect(name);
  try {
    const content = await contentOf(client);
    if (content.length > 0) return content;
    // Objects with an oid of 16384 and more were made after initdb (FirstNormalObjectId in access/transam.h).
    const { rows } = await client.query(
      `select from pg_catalog.pg_depend where objid >= 16384
        union all select from pg_catalog.pg_extension where oid >= 16384
        union all select from pg_catalog.pg_foreign_data_wrapper where oid >= 16384 limit 1`,
    );
    return rows.length > 0 ? ["objects of its own"] : [];
  } finally {
    await client.close();
  }
}
