import type { Kind } from "../model.ts";
import {
  commentJoin,
  commentLine,
  continued,
  line,
  notOfExtension,
  ownerLine,
  ownSchema,
  qualified,
  routineLine,
  rows,
} from "./sql.ts";

const object = (kind: Kind, catalog: string, prefix: string, lines: readonly string[]) =>
  rows(
    kind,
    qualified("n.nspname", `x.${prefix}name`),
    [...lines, commentLine()],
    `${catalog} x join pg_namespace n on n.oid = x.${prefix}namespace ${commentJoin(catalog, "x.oid")}
     where ${ownSchema("n.nspname")} and ${notOfExtension(catalog, "x.oid")}`,
  );

/** Parsers, templates, dictionaries and configurations of text search. */
export function textSearchQueries(): readonly string[] {
  return [
    object("text search parser", "pg_ts_parser", "prs", [
      routineLine("start", "x.prsstart"),
      routineLine("token", "x.prstoken"),
      routineLine("end", "x.prsend"),
      routineLine("headline", "x.prsheadline"),
      routineLine("types", "x.prslextype"),
    ]),
    object("text search template", "pg_ts_template", "tmpl", [
      routineLine("init", "x.tmplinit"),
      routineLine("lexize", "x.tmpllexize"),
    ]),
    object("text search dictionary", "pg_ts_dict", "dict", [
      ownerLine("x.dictowner"),
      line(
        "template",
        `select ${qualified("tn.nspname", "t.tmplname")} from pg_ts_template t
           join pg_namespace tn on tn.oid = t.tmplnamespace where t.oid = x.dicttemplate`,
      ),
      line("option", "x.dictinitoption"),
    ]),
    object("text search configuration", "pg_ts_config", "cfg", [
      ownerLine("x.cfgowner"),
      line(
        "parser",
        `(select ${qualified("pn.nspname", "p.prsname")} from pg_ts_parser p
           join pg_namespace pn on pn.oid = p.prsnamespace where p.oid = x.cfgparser)`,
      ),
      `(select string_agg(${continued("said")}, E'\\n' order by said collate "C") from (
         select 'mapping ' || quote_ident(token.alias) || ': '
                || string_agg(${qualified("dn.nspname", "d.dictname")}, ', ' order by m.mapseqno) as said
           from pg_ts_config_map m join ts_token_type(x.cfgparser) token on token.tokid = m.maptokentype
           join pg_ts_dict d on d.oid = m.mapdict join pg_namespace dn on dn.oid = d.dictnamespace
          where m.mapcfg = x.oid group by token.alias) mappings)`,
    ]),
  ];
}
