import { type DumpedRelation, keyOf, rowsOf } from "./dumped-tables.ts";
import type { Session } from "./session.ts";

// Small tables are counted together: a round trip each would take longer than the counting.
const SMALL_PAGES = 1_000;
const AT_ONCE = 100;

/**
 * Counts the rows of every table in the session's snapshot. Each count runs in a subtransaction that is rolled back,
 * which gives back the locks on indexes that it took: those of thousands of tables would not fit beside pg_dump's.
 */
export async function countRows(
  session: Session,
  relations: readonly DumpedRelation[],
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const tables = relations.filter(({ kind }) => kind === "r");
  for (const batch of batches(tables)) {
    const counting = batch.map((table) => `(select count(*) ${rowsOf(table)})`);
    await session.query("savepoint counting");
    const { rows } = await session.query<{ readonly counts: readonly number[] }>(
      `select json_build_array(${counting.join(", ")}) as counts`,
    );
    await session.query("rollback to savepoint counting");
    batch.forEach((table, index) => {
      const count = rows[0]?.counts[index];
      if (count === undefined) throw new Error(`no count of ${table.name}`);
      counts.set(keyOf(table), count);
    });
  }
  return counts;
}

function batches(tables: readonly DumpedRelation[]): DumpedRelation[][] {
  const large = tables.filter(({ pages }) => pages > SMALL_PAGES);
  const small = tables.filter(({ pages }) => pages <= SMALL_PAGES);
  const together = Array.from({ length: Math.ceil(small.length / AT_ONCE) }, (_, index) =>
    small.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
  return [...large.map((table) => [table]), ...together];
}

/** Whether no table holds a row in the session's snapshot; stops at the first that does. */
export async function isEmpty(session: Session, relations: readonly DumpedRelation[]): Promise<boolean> {
  const tables = relations.filter(({ kind }) => kind === "r").toSorted((a, b) => b.pages - a.pages);
  for (let at = 0; at < tables.length; at += AT_ONCE) {
    const asking = tables.slice(at, at + AT_ONCE).map((table) => `exists (select 1 ${rowsOf(table)})`);
    await session.query("savepoint asking");
    const { rows } = await session.query<{ readonly any: boolean }>(`select ${asking.join(" or ")} as any`);
    await session.query("rollback to savepoint asking");
    if (rows[0]?.any === true) return false;
  }
  return true;
}
