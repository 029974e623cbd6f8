import type { Kind } from "../model.ts";
import {
  commentJoin,
  commentLine,
  eachLine,
  flag,
  line,
  notOfExtension,
  ownAccessLines,
  ownerLine,
  ownSchema,
  qualified,
  rows,
  textLine,
  wordLine,
} from "./sql.ts";

/** The relations that are read, as `c` in the schema `n`. */
export const ownRelations = `pg_class c join pg_namespace n on n.oid = c.relnamespace`;
export const isOwnRelation = `${ownSchema("n.nspname")} and c.relpersistence <> 't'
  and ${notOfExtension("pg_class", "c.oid")}`;
export const relationName = qualified("n.nspname", "c.relname");

const access = [ownerLine("c.relowner"), ownAccessLines("c.relacl", "r", "c.relowner")];
const persistence = wordLine("persistence", "c.relpersistence", { u: "unlogged" });
const tablespace = line(
  "tablespace",
  "case when c.reltablespace <> 0 then (select quote_ident(spcname) from pg_tablespace where oid = c.reltablespace) end",
);
const accessMethod = line(
  "access-method",
  "(select quote_ident(amname) from pg_am where oid = c.relam and amname <> 'heap')",
);
const options = eachLine("option", "c.reloptions");
const toastOptions = `case when c.reltoastrelid <> 0 then (
  select string_agg('option toast.' || item, E'\\n' order by item collate "C")
    from pg_class toast, unnest(toast.reloptions) item where toast.oid = c.reltoastrelid) end`;
const replicaIdentity = `case c.relreplident
  when 'n' then 'replica-identity nothing' when 'f' then 'replica-identity full'
  when 'i' then 'replica-identity index ' || coalesce((
    select quote_ident(ic.relname) from pg_index i join pg_class ic on ic.oid = i.indexrelid
     where i.indrelid = c.oid and i.indisreplident), '(dropped)') end`;

const parents = (condition: string) => `(
  select array_agg(${qualified("pn.nspname", "p.relname")} order by h.inhseqno)
    from pg_inherits h join pg_class p on p.oid = h.inhparent join pg_namespace pn on pn.oid = p.relnamespace
   where h.inhrelid = c.oid and ${condition})`;

// A dump writes the inherited columns of a child first, so that their order is no property of the child.
const columnOrder = `case when c.relispartition or not exists (select from pg_inherits h where h.inhrelid = c.oid) then
  'columns ' || (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
                  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) end`;
const typedColumns = `'columns ' || (
  select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
    from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)`;

const comment = commentJoin("pg_class", "c.oid");
const relation = (kind: Kind, relkinds: string, lines: readonly string[], join = "") =>
  rows(
    kind,
    relationName,
    [...lines, commentLine()],
    `${ownRelations} ${comment} ${join} where c.relkind in (${relkinds}) and ${isOwnRelation}`,
  );

/** Tables, views, materialised views, foreign tables and sequences, without their columns. */
export function relationQueries(major: number): readonly string[] {
  return [
    relation("table", "'r', 'p'", [
      ...access,
      persistence,
      accessMethod,
      tablespace,
      options,
      toastOptions,
      line("of-type", "case when c.reloftype <> 0 then format_type(c.reloftype, null) end"),
      `case when not c.relispartition then ${eachLine("inherits", parents("true"), "as is")} end`,
      line("partition-key", "case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end"),
      `case when c.relispartition then ${eachLine("partition-of", parents("true"), "as is")} end`,
      textLine("partition-bound", "pg_get_expr(c.relpartbound, c.oid)"),
      flag(
        "detach-pending",
        "c.relispartition and exists (select from pg_inherits h where h.inhrelid = c.oid and h.inhdetachpending)",
      ),
      replicaIdentity,
      line("row-security", "case when c.relrowsecurity then 'on' end"),
      line("force-row-security", "case when c.relforcerowsecurity then 'on' end"),
      columnOrder,
    ]),
    relation("view", "'v'", [
      ...access,
      textLine("definition", "pg_get_viewdef(c.oid)"),
      options,
      typedColumns,
    ]),
    relation("materialized view", "'m'", [
      ...access,
      persistence,
      accessMethod,
      tablespace,
      options,
      toastOptions,
      textLine("definition", "pg_get_viewdef(c.oid)"),
      line("populated", "case when not c.relispopulated then 'no' end"),
      replicaIdentity,
      typedColumns,
    ]),
    relation(
      "foreign table",
      "'f'",
      [
        ...access,
        line("server", "(select quote_ident(srvname) from pg_foreign_server s where s.oid = ft.ftserver)"),
        eachLine("option", "ft.ftoptions"),
        eachLine("inherits", parents("true"), "as is"),
        columnOrder,
      ],
      "join pg_foreign_table ft on ft.ftrelid = c.oid",
    ),
    sequences(major),
  ];
}

const typeBound = (sign: "-" | "") => `case s.seqtypid
  when 'int2'::regtype then ${sign}32767 when 'int4'::regtype then ${sign}2147483647
  else ${sign}9223372036854775807 end${sign === "-" ? " - 1" : ""}`;
const ownMinimum = `case when s.seqincrement > 0 then 1 else ${typeBound("-")} end`;
const ownMaximum = `case when s.seqincrement > 0 then ${typeBound("")} else -1 end`;
const unless = (property: string, value: string, usual: string) =>
  line(property, `case when ${value} <> ${usual} then ${value} end`);
const ownerColumn = `(${qualified("tn.nspname", "t.relname")} || '.' || quote_ident(a.attname))`;

// Since PostgreSQL 15 a sequence has the persistence of the table that owns it, unless set otherwise.
const ownPersistence = `case when c.relpersistence <> coalesce(t.relpersistence, 'p') then
  ${wordLine("persistence", "c.relpersistence", { u: "unlogged", p: "logged" })} end`;

const sequences = (major: number) =>
  rows(
    "sequence",
    relationName,
    [
      // What an identity column has of its own follows its table.
      `case when o.deptype is distinct from 'i' then ${ownerLine("c.relowner")} end`,
      ownAccessLines("c.relacl", "s", "c.relowner"),
      ...(major < 15 ? [] : [ownPersistence]),
      line("type", "case when s.seqtypid <> 'int8'::regtype then format_type(s.seqtypid, null) end"),
      unless("start", "s.seqstart", "case when s.seqincrement > 0 then s.seqmin else s.seqmax end"),
      unless("increment", "s.seqincrement", "1"),
      unless("minimum", "s.seqmin", ownMinimum),
      unless("maximum", "s.seqmax", ownMaximum),
      unless("cache", "s.seqcache", "1"),
      flag("cycle", "s.seqcycle"),
      line("owned-by", `case when o.deptype is not null then ${ownerColumn} end`),
      flag("identity", "o.deptype = 'i'"),
      commentLine(),
    ],
    `${ownRelations} join pg_sequence s on s.seqrelid = c.oid
    left join pg_depend o on o.classid = 'pg_class'::regclass and o.objid = c.oid and o.objsubid = 0
      and o.refclassid = 'pg_class'::regclass and o.deptype in ('a', 'i') and o.refobjsubid > 0
    left join pg_class t on t.oid = o.refobjid
    left join pg_namespace tn on tn.oid = t.relnamespace
    left join pg_attribute a on a.attrelid = o.refobjid and a.attnum = o.refobjsubid
    ${comment} where c.relkind = 'S' and ${isOwnRelation}`,
  );
