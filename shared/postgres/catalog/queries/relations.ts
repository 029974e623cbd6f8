import type { Kind } from "../model.ts";
import {
  commentJoin,
  commentLine,
  continued,
  eachLine,
  flag,
  line,
  notOfExtension,
  ownAccessLines,
  ownerLine,
  ownSchema,
  qualified,
  rows,
  wordLine,
} from "./sql.ts";

/** The relations of some kinds (pg_class.relkind) that are read, as `c`; the name is put together once for each. */
export function ownRelations(relkinds: string): string {
  const kinds = [...relkinds].map((kind) => `'${kind}'`).join(", ");
  return `(select c.*, quote_ident(n.nspname) as schema, ${qualified("n.nspname", "c.relname")} as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in (${kinds}) and ${ownSchema("n.nspname")} and c.relpersistence <> 't'
     and ${notOfExtension("pg_class", "c.oid")} offset 0) c`;
}

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
const toastOptions = eachLine("option", "toast.reloptions").replace("'option '", "'option toast.'");
const toastJoin = "left join pg_class toast on toast.oid = c.reltoastrelid";
const replicaIdentity = `case c.relreplident
  when 'n' then 'replica-identity nothing' when 'f' then 'replica-identity full'
  when 'i' then 'replica-identity index ' || coalesce((
    select ${continued("i.indexrelid::regclass::text")} from pg_index i where i.indrelid = c.oid and i.indisreplident), '(dropped)') end`;

// Names come by regclass rather than by joins, which the planner would run for every row.
const parentsJoin = `left join (
  select inhrelid, array_agg(inhparent::regclass::text order by inhseqno) as names, bool_or(inhdetachpending) as leaving
    from pg_inherits group by 1) parents on parents.inhrelid = c.oid`;

// A dump writes the inherited columns of a child first, so that their order is no property of the child.
const columnOrder = line(
  "columns",
  "case when c.relispartition or parents.inhrelid is null then ordered.columns end",
);
const columnsJoin = `left join (
  select attrelid, string_agg(quote_ident(attname), ', ') as columns from (
    select attrelid, attname from pg_attribute
     where attnum > 0 and not attisdropped and attrelid in (select oid from pg_class where relkind in ('r', 'p', 'f'))
     order by attrelid, attnum) sorted
   group by 1) ordered on ordered.attrelid = c.oid`;
const typedColumns = line(
  "columns",
  `select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
    from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`,
);

const comment = commentJoin("pg_class", "c.oid");
const relation = (kind: Kind, relkinds: string, lines: readonly string[], join = "") =>
  rows(kind, "c.name", [...lines, commentLine()], `${ownRelations(relkinds)} ${comment} ${join}`);

/** Tables, views, materialised views, foreign tables and sequences, without their columns. */
export function relationQueries(major: number): readonly string[] {
  return [
    relation(
      "table",
      "rp",
      [
        ...access,
        persistence,
        accessMethod,
        tablespace,
        options,
        toastOptions,
        line("of-type", "case when c.reloftype <> 0 then format_type(c.reloftype, null) end"),
        `case when not c.relispartition then ${eachLine("inherits", "parents.names", "as is")} end`,
        line("partition-key", "case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end"),
        `case when c.relispartition then ${eachLine("partition-of", "parents.names", "as is")} end`,
        line("partition-bound", "pg_get_expr(c.relpartbound, c.oid)"),
        flag("detach-pending", "c.relispartition and parents.leaving"),
        replicaIdentity,
        line("row-security", "case when c.relrowsecurity then 'on' end"),
        line("force-row-security", "case when c.relforcerowsecurity then 'on' end"),
        columnOrder,
      ],
      `${toastJoin} ${parentsJoin} ${columnsJoin}`,
    ),
    relation("view", "v", [...access, line("definition", "pg_get_viewdef(c.oid)"), options, typedColumns]),
    relation(
      "materialized view",
      "m",
      [
        ...access,
        persistence,
        accessMethod,
        tablespace,
        options,
        toastOptions,
        line("definition", "pg_get_viewdef(c.oid)"),
        line("populated", "case when not c.relispopulated then 'no' end"),
        replicaIdentity,
        typedColumns,
      ],
      toastJoin,
    ),
    relation(
      "foreign table",
      "f",
      [
        ...access,
        line("server", "(select quote_ident(srvname) from pg_foreign_server s where s.oid = ft.ftserver)"),
        eachLine("option", "ft.ftoptions"),
        eachLine("inherits", "parents.names", "as is"),
        columnOrder,
      ],
      `join pg_foreign_table ft on ft.ftrelid = c.oid ${parentsJoin} ${columnsJoin}`,
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
const ownerColumn = `o.refobjid::regclass || '.' || quote_ident((
  select attname from pg_attribute where attrelid = o.refobjid and attnum = o.refobjsubid))`;

// Since PostgreSQL 15 a sequence has the persistence of the table that owns it, unless set otherwise.
const ownPersistence = `case when c.relpersistence <> coalesce((
  select relpersistence from pg_class t where t.oid = o.refobjid), 'p') then
  ${wordLine("persistence", "c.relpersistence", { u: "unlogged", p: "logged" })} end`;

const sequences = (major: number) =>
  rows(
    "sequence",
    "c.name",
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
    `${ownRelations("S")} join pg_sequence s on s.seqrelid = c.oid
    left join pg_depend o on o.classid = 'pg_class'::regclass and o.objid = c.oid and o.objsubid = 0
      and o.refclassid = 'pg_class'::regclass and o.deptype in ('a', 'i') and o.refobjsubid > 0
    ${comment}`,
  );
