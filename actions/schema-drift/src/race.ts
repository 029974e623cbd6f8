import type { Preset } from "../../../shared/migrations/preset.ts";
import { type Difference, keyOf } from "../../../shared/postgres/catalog/difference.ts";
import type { PostgresClient } from "../../../shared/postgres/connect.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Database } from "./database.ts";

/** Which transactions had written when the database was looked at: the same text twice means that nothing has changed. */
export async function writersOf(client: Pick<PostgresClient, "query">): Promise<string> {
  const { rows } = await client.query<{ readonly snapshot: string }>(
    "select pg_catalog.pg_current_snapshot()::text as snapshot",
  );
  return rows[0]?.snapshot ?? "";
}

/**
 * Throws a UserError while the migration tool holds its advisory lock. The server's list of locks is read instead of taking
 * the lock: a tool that came in that moment would find it taken, and some then give up.
 */
export async function refuseDuringMigration(target: Database, preset: Preset | undefined): Promise<void> {
  const condition = preset?.lock;
  if (preset === undefined || condition === undefined) return;
  const held = await target.use(async (client) => {
    const { rows } = await client.query<{ readonly held: boolean }>(
      `select exists (select from pg_catalog.pg_locks
        where locktype = 'advisory' and granted and database = (
          select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()) and ${condition}) as held`,
    );
    return rows[0]?.held === true;
  });
  if (held) {
    throw new UserError(`A migration is under way: ${preset.name} holds its lock in the database.`, {
      hint: "Nothing was reported, since the schema is changing right now. Run this again when the deployment has ended.",
    });
  }
}

/** Throws a UserError when there are differences now that were not there a moment ago: somebody is at work. */
export function refuseMoving(before: readonly Difference[], now: readonly Difference[]): void {
  const known = new Set(before.map(stateOf));
  const fresh = now.filter((difference) => !known.has(stateOf(difference)));
  const [first] = fresh;
  if (first === undefined) return;
  throw new UserError(
    `The schema is changing while it is compared: ${keyOf(first)} was not so a moment ago${fresh.length > 1 ? `, nor were ${fresh.length - 1} others` : ""}.`,
    { hint: "A deployment may be under way; nothing was reported. Run this again when it has ended." },
  );
}

function stateOf({ kind, name, packed }: Difference): string {
  return JSON.stringify([kind, name, packed.actual ?? ""]);
}
