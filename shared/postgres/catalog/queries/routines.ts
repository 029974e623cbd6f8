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
  routineLine,
  rows,
  wordLine,
} from "./sql.ts";

const name = `quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')'`;
const access = [ownerLine("p.proowner"), ownAccessLines("p.proacl", "f", "p.proowner")];
const parallel = wordLine("parallel", "p.proparallel", { s: "safe", r: "restricted" });
const argumentsLine = line("arguments", "nullif(pg_get_function_arguments(p.oid), '')");
const language = line("language", "quote_ident(l.lanname)");
const body = [
  eachLine("setting", "p.proconfig"),
  `case when p.protrftypes is not null then (
    select string_agg('transform ' || ${continued("format_type(type, null)")}, E'\\n' order by format_type(type, null) collate "C")
      from unnest(p.protrftypes) type) end`,
  line("library", "p.probin"),
  line("body", "case when p.prosqlbody is null then p.prosrc end"),
  line("sql-body", "pg_get_function_sqlbody(p.oid)"),
  commentLine(),
];

const from = (kinds: string, join = "") => `pg_proc p ${join} join pg_namespace n on n.oid = p.pronamespace
  join pg_language l on l.oid = p.prolang
  ${commentJoin("pg_proc", "p.oid")}
  where p.prokind in (${kinds}) and ${isOwn}`;
// The constructors of a range type are its own (pg_depend, internal).
const isOwn = `${ownSchema("n.nspname")} and ${notOfExtension("pg_proc", "p.oid")} and p.oid not in (
  select objid from pg_depend where classid = 'pg_proc'::regclass and refclassid = 'pg_type'::regclass and deptype = 'i')`;

/** Functions, procedures and aggregates. */
export function routineQueries(): readonly string[] {
  return [
    rows(
      "function",
      name,
      [
        ...access,
        argumentsLine,
        line("result", "pg_get_function_result(p.oid)"),
        flag("window", "p.prokind = 'w'"),
        language,
        wordLine("volatility", "p.provolatile", { i: "immutable", s: "stable" }),
        flag("strict", "p.proisstrict"),
        flag("security-definer", "p.prosecdef"),
        flag("leakproof", "p.proleakproof"),
        parallel,
        // functioncmds.c: 1 for the languages internal and c, else 100; 1000 rows for sets.
        line(
          "cost",
          "case when p.procost <> case when l.lanname in ('internal', 'c') then 1 else 100 end then p.procost end",
        ),
        line("rows", "case when p.proretset and p.prorows <> 1000 then p.prorows end"),
        routineLine("support", "p.prosupport"),
        ...body,
      ],
      from("'f', 'w'"),
    ),
    rows(
      "procedure",
      name,
      [...access, argumentsLine, language, flag("security-definer", "p.prosecdef"), ...body],
      from("'p'"),
    ),
    rows(
      "aggregate",
      name,
      [
        ...access,
        argumentsLine,
        line("result", "pg_get_function_result(p.oid)"),
        wordLine("aggregate-kind", "a.aggkind", { o: "ordered-set", h: "hypothetical-set" }),
        parallel,
        routineLine("transition-function", "a.aggtransfn"),
        line("transition-type", "format_type(a.aggtranstype, null)"),
        line("transition-space", "nullif(a.aggtransspace, 0)"),
        line("initial-value", "a.agginitval"),
        routineLine("final-function", "a.aggfinalfn"),
        flag("final-extra", "a.aggfinalextra"),
        finalModify("final-modify", "a.aggfinalmodify"),
        routineLine("combine-function", "a.aggcombinefn"),
        routineLine("serial-function", "a.aggserialfn"),
        routineLine("deserial-function", "a.aggdeserialfn"),
        routineLine("moving-transition-function", "a.aggmtransfn"),
        routineLine("moving-inverse-function", "a.aggminvtransfn"),
        line(
          "moving-transition-type",
          "case when a.aggmtranstype <> 0 then format_type(a.aggmtranstype, null) end",
        ),
        line("moving-transition-space", "nullif(a.aggmtransspace, 0)"),
        line("moving-initial-value", "a.aggminitval"),
        routineLine("moving-final-function", "a.aggmfinalfn"),
        flag("moving-final-extra", "a.aggmfinalextra"),
        `case when a.aggmtransfn <> 0 then ${finalModify("moving-final-modify", "a.aggmfinalmodify")} end`,
        line("sort-operator", "nullif(a.aggsortop, 0)::regoperator::text"),
        commentLine(),
      ],
      from("'a'", "join pg_aggregate a on a.aggfnoid = p.oid"),
    ),
  ];
}

// The default is r for ordinary aggregates and w for ordered-set ones.
function finalModify(property: string, code: string): string {
  return `case when ${code} <> case a.aggkind when 'n' then 'r' else 'w' end then
    ${wordLine(property, code, { r: "read-only", s: "shareable", w: "read-write" })} end`;
}
