import { tableKey } from "../../../shared/backup/archive-rows.ts";
import { DUMPED_RELATIONS } from "../../../shared/postgres/backup-rights.ts";
import { quoteIdentifier } from "../../../shared/postgres/sql.ts";
import type { Session } from "./session.ts";

/** A table or sequence that pg_dump reads. */
export type DumpedRelation = {
  readonly schema: string;
  readonly name: string;
  /** r: table, p: partitioned table (which has no rows of its own), S: sequence. */
  readonly kind: "r" | "p" | "S";
  /** Size when it was vacuumed or analysed last; -1 when never. */
  readonly pages: number;
  /** `WHERE …`: which rows of an extension's configuration table are dumped. */
  readonly condition: string | null;
  /** The extension whose configuration table it is. */
  readonly extension?: string | null;
};

/** What pg_dump will read, in the order of its dump. On a standby, unlogged tables have no data to read. */
export async function dumpedRelations(session: Session): Promise<DumpedRelation[]> {
  const { rows } = await session.query<{ readonly relations: DumpedRelation[] | null }>(`
    with dumped as (${DUMPED_RELATIONS})
    select json_agg(json_build_object(
             'schema', d.nspname, 'name', d.relname, 'kind', d.relkind, 'pages', d.relpages,
             'condition', (select nullif(e.extcondition[array_position(e.extconfig, d.oid)], '')
                             from pg_catalog.pg_extension e where d.oid = any (e.extconfig) limit 1),
             'extension', (select e.extname from pg_catalog.pg_extension e where d.oid = any (e.extconfig) limit 1))
           order by d.nspname, d.relname) as relations
      from dumped d
     where not (d.relpersistence = 'u' and pg_catalog.pg_is_in_recovery())`);
  return rows[0]?.relations ?? [];
}

/** The relation as SQL writes it. */
export function qualified({ schema, name }: Pick<DumpedRelation, "schema" | "name">): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

export function keyOf({ schema, name }: Pick<DumpedRelation, "schema" | "name">): string {
  return tableKey(schema, name);
}

/** What pg_dump copies of a table: its own rows without those of tables that inherit from it. `alias` as `as name`. */
export function rowsOf(relation: DumpedRelation, alias = ""): string {
  return `from only ${qualified(relation)} ${alias} ${relation.condition ?? ""}`;
}
