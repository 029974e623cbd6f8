import {
  commentJoin,
  commentLine,
  continued,
  flag,
  line,
  notOfExtension,
  notPreset,
  ownerLine,
  ownSchema,
  qualified,
  routineLine,
  rows,
  wordLine,
} from "./sql.ts";

const inOwnSchema = (catalog: string, oid: string) =>
  `${ownSchema("n.nspname")} and ${notOfExtension(catalog, oid)}`;

/** Operators, their families and classes, and casts. */
export function operatorQueries(): readonly string[] {
  return [
    rows(
      "operator",
      "o.oid::regoperator::text",
      [
        ownerLine("o.oprowner"),
        routineLine("function", "o.oprcode"),
        line("result", "case when o.oprresult <> 0 then format_type(o.oprresult, null) end"),
        line("commutator", "nullif(o.oprcom, 0)::regoperator::text"),
        line("negator", "nullif(o.oprnegate, 0)::regoperator::text"),
        routineLine("restrict", "o.oprrest"),
        routineLine("join", "o.oprjoin"),
        flag("hashes", "o.oprcanhash"),
        flag("merges", "o.oprcanmerge"),
        commentLine(),
      ],
      `pg_operator o join pg_namespace n on n.oid = o.oprnamespace ${commentJoin("pg_operator", "o.oid")}
       -- Without a function it was only named, by another operator; a dump leaves it out.
       where o.oprcode <> 0 and ${inOwnSchema("pg_operator", "o.oid")}`,
    ),
    rows(
      "operator family",
      `${qualified("n.nspname", "f.opfname")} || ' using ' || quote_ident(am.amname)`,
      [ownerLine("f.opfowner"), members("f.oid", "pg_opfamily", "f.oid"), commentLine()],
      `pg_opfamily f join pg_namespace n on n.oid = f.opfnamespace join pg_am am on am.oid = f.opfmethod
       ${commentJoin("pg_opfamily", "f.oid")} where ${inOwnSchema("pg_opfamily", "f.oid")}`,
    ),
    rows(
      "operator class",
      `${qualified("n.nspname", "k.opcname")} || ' using ' || quote_ident(am.amname)`,
      [
        ownerLine("k.opcowner"),
        line("type", "format_type(k.opcintype, null)"),
        line("family", `${qualified("fn.nspname", "f.opfname")} || ' using ' || quote_ident(am.amname)`),
        flag("default", "k.opcdefault"),
        line(
          "key-type",
          "case when k.opckeytype not in (0, k.opcintype) then format_type(k.opckeytype, null) end",
        ),
        members("f.oid", "pg_opclass", "k.oid"),
        commentLine(),
      ],
      `pg_opclass k join pg_namespace n on n.oid = k.opcnamespace join pg_am am on am.oid = k.opcmethod
       join pg_opfamily f on f.oid = k.opcfamily join pg_namespace fn on fn.oid = f.opfnamespace
       ${commentJoin("pg_opclass", "k.oid")} where ${inOwnSchema("pg_opclass", "k.oid")}`,
    ),
    casts,
  ];
}

/** The operators and functions that depend on a class, or on the family alone. */
function members(family: string, catalog: "pg_opclass" | "pg_opfamily", oid: string): string {
  const belongs = (member: string, id: string) => `exists (
    select from pg_depend m where m.classid = '${member}'::regclass and m.objid = ${id} and m.deptype in ('a', 'i')
       and m.refclassid = '${catalog}'::regclass and m.refobjid = ${oid})`;
  return `(select string_agg(${continued("said")}, E'\\n' order by said collate "C") from (
    select 'operator ' || amopstrategy || ' ' || amopopr::regoperator
           || ' (' || format_type(amoplefttype, null) || ', ' || format_type(amoprighttype, null) || ')'
           || case when amopsortfamily = 0 then '' else ' for order by ' || (
                select ${qualified("sn.nspname", "s.opfname")} from pg_opfamily s
                  join pg_namespace sn on sn.oid = s.opfnamespace where s.oid = amopsortfamily) end as said
      from pg_amop where amopfamily = ${family} and ${belongs("pg_amop", "pg_amop.oid")}
    union all
    select 'support ' || amprocnum || ' ' || amproc::regprocedure
           || ' (' || format_type(amproclefttype, null) || ', ' || format_type(amprocrighttype, null) || ')'
      from pg_amproc where amprocfamily = ${family} and ${belongs("pg_amproc", "pg_amproc.oid")}) all_members)`;
}

const casts = rows(
  "cast",
  "format_type(k.castsource, null) || ' as ' || format_type(k.casttarget, null)",
  [
    wordLine("method", "k.castmethod", { f: "function", i: "input and output", b: "binary-coercible" }),
    routineLine("function", "k.castfunc"),
    wordLine("context", "k.castcontext", { a: "assignment", i: "implicit" }),
    commentLine(),
  ],
  // The casts between a range and its multirange are the range's (pg_depend, internal).
  `pg_cast k ${commentJoin("pg_cast", "k.oid")}
   where ${notPreset("k.oid")} and ${notOfExtension("pg_cast", "k.oid")} and k.oid not in (
     select objid from pg_depend where classid = 'pg_cast'::regclass and deptype = 'i')`,
);
