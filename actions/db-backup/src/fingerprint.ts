import { quoteIdentifier } from "../../../shared/postgres/sql.ts";
import { type DumpedRelation, keyOf, qualified, rowsOf } from "./dumped-tables.ts";
import type { Session } from "./session.ts";

/** The contents of a database, in numbers: the same on two servers exactly when they hold the same. */
export type Fingerprint = {
  /** By table key: rows, and a sum over the hashes of all rows, whatever their order. */
  readonly tables: ReadonlyMap<string, { readonly rows: number; readonly sum: string }>;
  readonly largeObjects: { readonly count: number; readonly sum: string };
};

/** By sequence key: the last value, and whether it was given out already. */
export type Sequences = ReadonlyMap<
  string,
  { readonly last: bigint; readonly called: boolean; readonly cycles: boolean }
>;

const SMALL_PAGES = 100;
const AT_ONCE = 50;

/**
 * Reads all rows in the session's snapshot. A row is hashed as text, under the settings that `takeSnapshot` has made, and the
 * 64-bit hashes are added up: neither the order of rows nor where they lie changes it.
 */
export async function contentOf(
  session: Session,
  relations: readonly DumpedRelation[],
): Promise<Fingerprint> {
  const tables = new Map<string, { rows: number; sum: string }>();
  const columns = await columnsOf(session);
  for (const batch of batchesOf(relations.filter(({ kind }) => kind === "r"))) {
    const asking = batch.map((table) => {
      const row = (columns.get(keyOf(table)) ?? []).map((name) => `each_row.${quoteIdentifier(name)}`);
      return `(select json_build_array(count(*), coalesce(sum(h), 0)::text) from (
         select pg_catalog.hashtextextended(row(${row.join(", ")})::text, 0)::numeric as h ${rowsOf(table, "as each_row")}) hashes)`;
    });
    await session.query("savepoint hashing");
    const { rows } = await session.query<{ readonly found: readonly (readonly [number, string])[] }>(
      `select json_build_array(${asking.join(", ")}) as found`,
    );
    await session.query("rollback to savepoint hashing");
    batch.forEach((table, index) => {
      const [count, sum] = rows[0]?.found[index] ?? [];
      if (count === undefined || sum === undefined) throw new Error(`no checksum of ${table.name}`);
      tables.set(keyOf(table), { rows: count, sum });
    });
  }
  return { tables, largeObjects: await largeObjectsOf(session) };
}

/**
 * The columns of every table in the order of their names: a restored table that inherits some has them before its own, wherever
 * they stood.
 */
async function columnsOf(session: Session): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await session.query<{ readonly found: [string, string, string[]][] | null }>(`
    select json_agg(json_build_array(n.nspname, c.relname,
             (select json_agg(a.attname order by a.attname) from pg_catalog.pg_attribute a
               where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped))) as found
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname <> 'pg_catalog'`);
  return new Map(
    (rows[0]?.found ?? []).map(([schema, name, columns]) => [keyOf({ schema, name }), columns ?? []]),
  );
}

/** In pieces, so that one of a gigabyte does not have to fit into a value. */
async function largeObjectsOf(session: Session): Promise<Fingerprint["largeObjects"]> {
  const { rows } = await session.query<{ readonly count: string; readonly sum: string }>(`
    with recursive pieces as (
      select oid, 0::bigint as at, pg_catalog.lo_get(oid, 0, ${LO_PIECE}) as piece from pg_catalog.pg_largeobject_metadata
      union all
      select oid, at + ${LO_PIECE}, pg_catalog.lo_get(oid, at + ${LO_PIECE}, ${LO_PIECE})
        from pieces where pg_catalog.length(piece) = ${LO_PIECE})
    select (select count(*) from pg_catalog.pg_largeobject_metadata)::text as count,
           coalesce(sum(pg_catalog.hashtextextended(oid || ':' || at || ':' || pg_catalog.md5(piece), 0)::numeric), 0)::text as sum
      from pieces`);
  return { count: Number(rows[0]?.count ?? 0), sum: rows[0]?.sum ?? "" };
}

const LO_PIECE = 262_144;

/** Where the sequences are; they belong to no snapshot. */
export async function sequencesOf(
  session: Session,
  relations: readonly DumpedRelation[],
): Promise<Sequences> {
  const found = new Map<string, { last: bigint; called: boolean; cycles: boolean }>();
  const sequences = relations.filter(({ kind }) => kind === "S");
  for (let at = 0; at < sequences.length; at += AT_ONCE) {
    const batch = sequences.slice(at, at + AT_ONCE);
    const asking = batch.map(
      (sequence) =>
        `(select json_build_array(last_value::text, is_called, (select seqcycle from pg_catalog.pg_sequence
            where seqrelid = '${qualified(sequence).replaceAll("'", "''")}'::pg_catalog.regclass)) from ${qualified(sequence)})`,
    );
    const { rows } = await session.query<{
      readonly found: readonly (readonly [string, boolean, boolean])[];
    }>(`select json_build_array(${asking.join(", ")}) as found`);
    batch.forEach((sequence, index) => {
      const [last, called, cycles] = rows[0]?.found[index] ?? [];
      if (last === undefined || called === undefined) throw new Error(`no value of ${sequence.name}`);
      found.set(keyOf(sequence), { last: BigInt(last), called, cycles: cycles === true });
    });
  }
  return found;
}

function batchesOf(tables: readonly DumpedRelation[]): DumpedRelation[][] {
  const small = tables.filter(({ pages }) => pages <= SMALL_PAGES);
  return [
    ...tables.filter(({ pages }) => pages > SMALL_PAGES).map((table) => [table]),
    ...Array.from({ length: Math.ceil(small.length / AT_ONCE) }, (_, index) =>
      small.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
    ),
  ];
}

/** What differs between the source and what was restored, in words; nothing when they are the same. Pure. */
export function differences(
  source: { readonly content: Fingerprint; readonly before: Sequences; readonly after: Sequences },
  restored: { readonly content: Fingerprint; readonly sequences: Sequences },
): string[] {
  const wrong: string[] = [];
  for (const [table, { rows, sum }] of source.content.tables) {
    const found = restored.content.tables.get(table);
    if (found === undefined) wrong.push(`${nameOf(table)} is missing`);
    else if (found.rows !== rows) wrong.push(`${nameOf(table)} has ${found.rows} rows instead of ${rows}`);
    else if (found.sum !== sum) wrong.push(`${nameOf(table)} has other contents in its ${rows} rows`);
  }
  for (const table of restored.content.tables.keys()) {
    if (!source.content.tables.has(table)) wrong.push(`${nameOf(table)} was not there`);
  }
  const { count, sum } = source.content.largeObjects;
  const large = restored.content.largeObjects;
  if (large.count !== count) wrong.push(`${large.count} large objects instead of ${count}`);
  else if (large.sum !== sum) wrong.push(`one of ${count} large objects has other contents`);
  for (const [sequence, first] of source.before) {
    const last = source.after.get(sequence) ?? first;
    const found = restored.sequences.get(sequence);
    if (found === undefined) wrong.push(`the sequence ${nameOf(sequence)} is missing`);
    else if (!between(found, first, last)) wrong.push(`the sequence ${nameOf(sequence)} is at ${found.last}`);
  }
  return wrong;
}

type Position = Sequences extends ReadonlyMap<string, infer Value> ? Value : never;

/** Sequences move on while a dump is made: what it holds is somewhere between their positions before and after. */
function between(found: Position, first: Position, last: Position): boolean {
  if (first.last === last.last && first.called === last.called) {
    return found.last === first.last && found.called === first.called;
  }
  if (first.cycles) return true;
  const [low, high] = first.last <= last.last ? [first.last, last.last] : [last.last, first.last];
  return found.last >= low && found.last <= high;
}

function nameOf(key: string): string {
  return (JSON.parse(key) as string[]).join(".");
}
