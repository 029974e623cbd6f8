import type { Kind } from "../model.ts";
import {
  collationLine,
  commentJoin,
  commentLine,
  continued,
  flag,
  line,
  notOfExtension,
  ownAccessLines,
  ownerLine,
  ownSchema,
  qualified,
  routineLine,
  rows,
  wordLine,
} from "./sql.ts";

const name = qualified("n.nspname", "t.typname");
const from = `pg_type t join pg_namespace n on n.oid = t.typnamespace ${commentJoin("pg_type", "t.oid")}`;
const isOwn = `${ownSchema("n.nspname")} and ${notOfExtension("pg_type", "t.oid")}`;
const access = [ownerLine("t.typowner"), ownAccessLines("t.typacl", "T", "t.typowner")];

const type = (kind: Kind, lines: readonly string[], condition: string, join = "") =>
  rows(kind, name, [...access, ...lines, commentLine()], `${from} ${join} where ${isOwn} and ${condition}`);

const attributes = (a: string) =>
  `pg_attribute ${a} where ${a}.attrelid = t.typrelid and ${a}.attnum > 0 and not ${a}.attisdropped`;

/** Enumerations, domains, composite types, ranges, and types made in C. */
export function typeQueries(major: number): readonly string[] {
  return [
    type(
      "enum",
      [
        `(select string_agg('label ' || ${continued("quote_literal(e.enumlabel)")}, E'\\n' order by e.enumsortorder)
            from pg_enum e where e.enumtypid = t.oid)`,
      ],
      "t.typtype = 'e'",
    ),
    type(
      "domain",
      [
        line("type", "format_type(t.typbasetype, t.typtypmod)"),
        collationLine("t.typcollation", "b.typcollation"),
        flag("not-null", "t.typnotnull"),
        ...(major < 18 ? [] : [notNullName]),
        line("default", "coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault))"),
      ],
      "t.typtype = 'd'",
      "join pg_type b on b.oid = t.typbasetype",
    ),
    type(
      "composite type",
      [
        line(
          "attributes",
          `select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from ${attributes("a")}`,
        ),
      ],
      "t.typtype = 'c' and r.relkind = 'c'",
      "join pg_class r on r.oid = t.typrelid",
    ),
    rows(
      "attribute",
      `${name} || '.' || quote_ident(a.attname)`,
      [
        line("type", "format_type(a.atttypid, a.atttypmod)"),
        collationLine("a.attcollation", "at.typcollation"),
        commentLine("da"),
      ],
      `pg_type t join pg_namespace n on n.oid = t.typnamespace
       join pg_class r on r.oid = t.typrelid and r.relkind = 'c'
       join pg_attribute a on a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
       join pg_type at on at.oid = a.atttypid
       ${commentJoin("pg_class", "a.attrelid", { as: "da", column: "a.attnum" })}
       where t.typtype = 'c' and ${isOwn}`,
    ),
    type(
      "range",
      [
        line("subtype", "format_type(r.rngsubtype, null)"),
        line(
          "operator-class",
          `select ${qualified("cn.nspname", "o.opcname")} from pg_opclass o
           join pg_namespace cn on cn.oid = o.opcnamespace where o.oid = r.rngsubopc`,
        ),
        collationLine("r.rngcollation", "s.typcollation"),
        routineLine("canonical", "r.rngcanonical"),
        routineLine("difference", "r.rngsubdiff"),
        line("multirange", "format_type(r.rngmultitypid, null)"),
      ],
      "t.typtype = 'r'",
      "join pg_range r on r.rngtypid = t.oid join pg_type s on s.oid = r.rngsubtype",
    ),
    type(
      "base type",
      baseType,
      `(t.typtype = 'b' or (t.typtype = 'p' and not t.typisdefined))
       and not exists (select from pg_type e where e.typarray = t.oid)`,
    ),
  ];
}

const notNullName = line(
  "not-null-name",
  `(select quote_ident(k.conname) from pg_constraint k
     where k.contypid = t.oid and k.contype = 'n' and k.conname <> t.typname || '_not_null')`,
);

const baseType = [
  flag("shell", "not t.typisdefined"),
  ...(["input", "output", "receive", "send"] as const).map((role) => routineLine(role, `t.typ${role}`)),
  routineLine("modifier-input", "t.typmodin"),
  routineLine("modifier-output", "t.typmodout"),
  routineLine("analyze", "t.typanalyze"),
  routineLine("subscript", "t.typsubscript"),
  line("length", "case when t.typlen >= 0 then t.typlen end"),
  flag("by-value", "t.typbyval"),
  wordLine("alignment", "t.typalign", { c: "char", s: "int2", i: "int4", d: "double" }),
  wordLine("storage", "t.typstorage", { e: "external", m: "main", x: "extended" }),
  line("category", "case when t.typcategory <> 'U' then t.typcategory::text end"),
  flag("preferred", "t.typispreferred"),
  line("default", "t.typdefault"),
  line("element", "case when t.typelem <> 0 then format_type(t.typelem, null) end"),
  line("delimiter", "case when t.typdelim <> ',' then t.typdelim::text end"),
  flag("collatable", "t.typcollation <> 0"),
];
