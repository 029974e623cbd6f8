import { ownRelations } from "./relations.ts";
import {
  commentJoin,
  commentLine,
  continued,
  eachLine,
  flag,
  line,
  notOfExtension,
  ownSchema,
  qualified,
  rows,
} from "./sql.ts";

const kinds = `case k.contype when 'p' then 'primary key' when 'u' then 'unique constraint'
  when 'x' then 'exclusion constraint' when 'c' then 'check constraint' else 'foreign key' end`;

/**
 * Internal triggers that do not fire as they should: those of a foreign key (or of a deferrable unique constraint) are
 * what enforces it, and DISABLE TRIGGER ALL switches them off while the constraint says that it is valid. Those of
 * partitions count for the constraint that they come from.
 */
const unenforced = `left join (
  with recursive silent as (
    select tg.tgrelid, tg.tgenabled, tg.tgconstraint as origin
      from pg_trigger tg where tg.tgisinternal and tg.tgenabled <> 'O' and tg.tgconstraint <> 0
    union all
    select silent.tgrelid, silent.tgenabled, up.conparentid
      from silent join pg_constraint up on up.oid = silent.origin where up.conparentid <> 0)
  select origin, string_agg(distinct 'unenforced on ' || ${continued("tgrelid::regclass::text")} || ': '
         || case tgenabled when 'D' then 'disabled' when 'R' then 'in replicas only' else 'always' end, E'\\n') as sides
    from silent group by 1) unenforced on unenforced.origin = k.oid`;

const tablespace = `case when ic.reltablespace <> 0 then (
  select quote_ident(spcname) from pg_tablespace where oid = ic.reltablespace) end`;

/** The constraints of tables and domains, those with an index together with it. */
export function constraintQueries(): readonly string[] {
  return [
    `select ${kinds}, c.name || '.' || quote_ident(k.conname), concat_ws(E'\\n',
       ${line("definition", "pg_get_constraintdef(k.oid)")},
       unenforced.sides,
       case when not i.indisvalid then 'valid no' end,
       ${eachLine("option", "ic.reloptions")},
       ${line("tablespace", tablespace)},
       ${flag("clustered", "i.indisclustered")},
       ${commentLine()},
       ${line("index-comment", "di.description")})
     from ${ownRelations("rpf")}
     join pg_constraint k on k.conrelid = c.oid and k.contype in ('p', 'u', 'x', 'c', 'f')
     left join pg_class ic on ic.oid = k.conindid and k.contype in ('p', 'u', 'x')
     left join pg_index i on i.indexrelid = ic.oid
     ${unenforced}
     ${commentJoin("pg_constraint", "k.oid")} ${commentJoin("pg_class", "ic.oid", { as: "di" })}
     -- What came from a parent is told there, and a dump has it only there.
     where (k.contype <> 'c' or k.conislocal)
       and (k.contype <> 'f' or k.conparentid = 0)`,
    rows(
      "domain constraint",
      `${qualified("n.nspname", "t.typname")} || '.' || quote_ident(k.conname)`,
      [line("definition", "pg_get_constraintdef(k.oid)"), commentLine()],
      `pg_constraint k join pg_type t on t.oid = k.contypid join pg_namespace n on n.oid = t.typnamespace
       ${commentJoin("pg_constraint", "k.oid")}
       where k.contype = 'c' and ${ownSchema("n.nspname")} and ${notOfExtension("pg_type", "t.oid")}`,
    ),
    indexes,
  ];
}

/** `CREATE UNIQUE INDEX name ON ONLY table USING ` is told by other properties. */
const head = `'CREATE ' || case when i.indisunique then 'UNIQUE ' else '' end || 'INDEX ' || quote_ident(ic.relname)
  || ' ON ' || case when ic.relkind = 'I' then 'ONLY ' else '' end || c.name || ' USING '`;

const indexes = rows(
  "index",
  "c.schema || '.' || quote_ident(ic.relname)",
  [
    line("on", "c.name"),
    line("partition-of", "case when ic.relispartition then h.inhparent::regclass::text end"),
    flag("unique", "i.indisunique"),
    line("definition", `substr(pg_get_indexdef(i.indexrelid), length(${head}) + 1)`),
    "case when not (i.indisvalid and i.indisready and i.indislive) then 'valid no' end",
    line("tablespace", tablespace),
    flag("clustered", "i.indisclustered"),
    "targets.said",
    commentLine(),
  ],
  `${ownRelations("rpm")} join pg_index i on i.indrelid = c.oid join pg_class ic on ic.oid = i.indexrelid
   left join pg_inherits h on h.inhrelid = ic.oid
   left join (
     select attrelid, string_agg('statistics ' || attnum || '=' || attstattarget, E'\\n' order by attnum) as said
       from pg_attribute where attnum > 0 and attstattarget >= 0 group by 1) targets on targets.attrelid = ic.oid
   ${commentJoin("pg_class", "ic.oid")}
   where not exists (
     select from pg_constraint k
      where k.conindid = ic.oid and k.conrelid = c.oid and k.contype in ('p', 'u', 'x'))`,
);
