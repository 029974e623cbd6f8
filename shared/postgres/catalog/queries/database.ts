import {
  accessLines,
  commentJoin,
  commentLine,
  continued,
  flag,
  line,
  notOfExtension,
  notPreset,
  ownAccessLines,
  ownerLine,
  ownSchema,
  qualified,
  roleName,
  routineLine,
  rows,
  wordLine,
} from "./sql.ts";

const current = "(select oid from pg_database where datname = current_database())";

/** The database itself and what stands in no schema: settings, default privileges, schemas, extensions, languages … */
export function databaseQueries(major: number): readonly string[] {
  return [
    database(major),
    rows(
      "setting",
      `case when s.setrole = 0 and s.setdatabase = 0 then 'all roles'
            when s.setrole = 0 then 'database'
            when s.setdatabase = 0 then 'role ' || ${roleName("s.setrole")}
            else 'database, role ' || ${roleName("s.setrole")} end || ': ' || split_part(item, '=', 1)`,
      [line("value", "substr(item, position('=' in item) + 1)")],
      `pg_db_role_setting s, unnest(s.setconfig) item where s.setdatabase in (0, ${current})`,
    ),
    rows(
      "default privileges",
      `'of ' || ${roleName("a.defaclrole")} || coalesce(' in ' || quote_ident(n.nspname), '') || ' for '
       || case a.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
            when 'T' then 'types' when 'n' then 'schemas' when 'L' then 'large objects' else a.defaclobjtype::text end`,
      [
        // Those of a schema come on top (as of columns, nobody has any by default); those for all schemas take the place of what PostgreSQL gives.
        accessLines(
          "a.defaclacl",
          `case when a.defaclnamespace = 0
             then acldefault(case a.defaclobjtype when 'S' then 's' else a.defaclobjtype end, a.defaclrole)
             else acldefault('c', a.defaclrole) end`,
          "a.defaclrole",
        ),
      ],
      "pg_default_acl a left join pg_namespace n on n.oid = a.defaclnamespace",
    ),
    rows(
      "schema",
      "quote_ident(n.nspname)",
      [ownerLine("n.nspowner"), ownAccessLines("n.nspacl", "n", "n.nspowner"), commentLine()],
      `pg_namespace n ${commentJoin("pg_namespace", "n.oid")}
       where ${ownSchema("n.nspname")} and ${notOfExtension("pg_namespace", "n.oid")}`,
    ),
    rows(
      "extension",
      "quote_ident(e.extname)",
      [
        line("version", "e.extversion"),
        line("schema", "quote_ident(n.nspname)"),
        ownerLine("e.extowner"),
        commentLine(),
      ],
      `pg_extension e join pg_namespace n on n.oid = e.extnamespace ${commentJoin("pg_extension", "e.oid")}`,
    ),
    rows(
      "language",
      "quote_ident(l.lanname)",
      [
        ownerLine("l.lanowner"),
        ownAccessLines("l.lanacl", "l", "l.lanowner"),
        flag("trusted", "l.lanpltrusted"),
        routineLine("handler", "l.lanplcallfoid"),
        routineLine("inline", "l.laninline"),
        routineLine("validator", "l.lanvalidator"),
        commentLine(),
      ],
      `pg_language l ${commentJoin("pg_language", "l.oid")}
       where ${notPreset("l.oid")} and ${notOfExtension("pg_language", "l.oid")}`,
    ),
    rows(
      "event trigger",
      "quote_ident(t.evtname)",
      [
        ownerLine("t.evtowner"),
        line("event", "t.evtevent"),
        routineLine("function", "t.evtfoid"),
        `(select string_agg('tag ' || ${continued("tag")}, E'\\n' order by tag collate "C") from unnest(t.evttags) tag)`,
        wordLine("enabled", "t.evtenabled", { D: "no", R: "in replicas only", A: "also in replicas" }),
        commentLine(),
      ],
      `pg_event_trigger t ${commentJoin("pg_event_trigger", "t.oid")}
       where ${notOfExtension("pg_event_trigger", "t.oid")}`,
    ),
    rows(
      "access method",
      "quote_ident(a.amname)",
      [
        wordLine("type", "a.amtype", { i: "index", t: "table" }),
        routineLine("handler", "a.amhandler"),
        commentLine(),
      ],
      `pg_am a ${commentJoin("pg_am", "a.oid")} where ${notPreset("a.oid")} and ${notOfExtension("pg_am", "a.oid")}`,
    ),
    rows(
      "transform",
      `format_type(t.trftype, null) || ' language ' || (select quote_ident(lanname) from pg_language l where l.oid = t.trflang)`,
      [routineLine("from-sql", "t.trffromsql"), routineLine("to-sql", "t.trftosql"), commentLine()],
      `pg_transform t ${commentJoin("pg_transform", "t.oid")} where ${notOfExtension("pg_transform", "t.oid")}`,
    ),
    rows(
      "conversion",
      qualified("n.nspname", "c.conname"),
      [
        ownerLine("c.conowner"),
        line("from", "pg_encoding_to_char(c.conforencoding)"),
        line("to", "pg_encoding_to_char(c.contoencoding)"),
        routineLine("function", "c.conproc"),
        flag("default", "c.condefault"),
        commentLine(),
      ],
      `pg_conversion c join pg_namespace n on n.oid = c.connamespace ${commentJoin("pg_conversion", "c.oid")}
       where ${ownSchema("n.nspname")} and ${notOfExtension("pg_conversion", "c.oid")}`,
    ),
    collations(major),
  ];
}

const provider = (code: string, property: string) =>
  wordLine(property, code, { i: "icu", b: "builtin", c: "libc", d: "database default" });
/** The ICU or built-in locale has had three names. */
const localeOf = (major: number, prefix: "dat" | "coll") =>
  major >= 17
    ? `${prefix}locale`
    : major >= 15
      ? prefix === "dat"
        ? "daticulocale"
        : "colliculocale"
      : "null";

const database = (major: number) =>
  rows(
    "database",
    "'current'",
    [
      ownerLine("b.datdba"),
      ownAccessLines("b.datacl", "d", "b.datdba"),
      line("encoding", "pg_encoding_to_char(b.encoding)"),
      ...(major < 15
        ? []
        : [`case when b.datlocprovider <> 'c' then ${provider("b.datlocprovider", "locale-provider")} end`]),
      line("collate", "b.datcollate::text"),
      line("ctype", "b.datctype::text"),
      line("locale", `${major < 15 ? "" : "b."}${localeOf(major, "dat")}`),
      ...(major < 16 ? [] : [line("icu-rules", "b.daticurules")]),
      line(
        "tablespace",
        "(select nullif(quote_ident(spcname), 'pg_default') from pg_tablespace t where t.oid = b.dattablespace)",
      ),
      line("connection-limit", "case when b.datconnlimit <> -1 then b.datconnlimit end"),
      line("comment", "shobj_description(b.oid, 'pg_database')"),
    ],
    "pg_database b where b.datname = current_database()",
  );

const collations = (major: number) =>
  rows(
    "collation",
    qualified("n.nspname", "c.collname"),
    [
      ownerLine("c.collowner"),
      provider("c.collprovider", "provider"),
      "case when not c.collisdeterministic then 'deterministic no' end",
      line("collate", "nullif(c.collcollate::text, '')"),
      line("ctype", "nullif(c.collctype::text, '')"),
      line("locale", major < 15 ? "null::text" : `c.${localeOf(major, "coll")}`),
      ...(major < 16 ? [] : [line("rules", "c.collicurules")]),
      line("encoding", "case when c.collencoding <> -1 then pg_encoding_to_char(c.collencoding) end"),
      commentLine(),
    ],
    `pg_collation c join pg_namespace n on n.oid = c.collnamespace ${commentJoin("pg_collation", "c.oid")}
     where ${ownSchema("n.nspname")} and ${notOfExtension("pg_collation", "c.oid")}`,
  );
