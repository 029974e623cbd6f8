import { cases, type MatrixCase, made } from "./matrix-case.ts";

const set = (words: string) => `do $do$ begin execute format('${words}', current_database()); end $do$`;
const lang = "create language @_l handler plpgsql_call_handler";

export const wholeDatabase: readonly MatrixCase[] = [
  ...made([
    [
      "a setting of the database",
      "select 1",
      set("alter database %I set @.x = ''1''"),
      "SETTING",
      "major unexpected",
      "major missing",
    ],
    [
      "a setting of a role in the database",
      "select 1",
      set("alter role drift_app in database %I set @.x = ''1''"),
      "SETTING",
      "major unexpected",
      "major missing",
    ],
    [
      "default privileges in a schema",
      "select 1",
      "alter default privileges in schema @ grant select on tables to drift_app",
      "DEFAULT-PRIVILEGES",
      "major unexpected",
      "major missing",
    ],
    ["a language", "select 1", lang, "LANGUAGE", "major unexpected", "critical missing"],
    [
      "an access method",
      "select 1",
      "create access method @_m type table handler heap_tableam_handler",
      "ACCESS-METHOD",
      "major unexpected",
      "critical missing",
    ],
    [
      "a conversion",
      "select 1",
      "create conversion k for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
      "CONVERSION",
      "major unexpected",
      "critical missing",
    ],
    [
      "a transform",
      lang,
      "create transform for int language @_l (from sql with function prsd_lextype(internal))",
      "TRANSFORM",
      "major unexpected",
      "critical missing",
    ],
  ]),
  ...cases([
    [
      "the value of a setting",
      set("alter database %I set @.x = ''1''"),
      set("alter database %I set @.x = ''2''"),
      "SD-SETTING-VALUE major changed",
      "SD-SETTING-VALUE major changed",
    ],
    [
      "what default privileges give",
      "alter default privileges in schema @ grant select on tables to drift_app",
      "alter default privileges in schema @ grant insert on tables to drift_app",
      "SD-DEFAULT-PRIVILEGES-GRANT major looser",
      "SD-DEFAULT-PRIVILEGES-GRANT major tighter",
    ],
    [
      "the owner of a language",
      lang,
      "alter language @_l owner to drift_super",
      "SD-LANGUAGE-OWNER critical changed",
      "SD-LANGUAGE-OWNER critical changed",
    ],
    [
      "a language that all may use",
      lang,
      "drop language @_l; create trusted language @_l handler plpgsql_call_handler",
      "SD-LANGUAGE-TRUSTED critical looser",
      "SD-LANGUAGE-TRUSTED critical looser",
    ],
    [
      "the checks of a language",
      lang,
      `drop language @_l; ${lang} validator plpgsql_validator`,
      "SD-LANGUAGE-VALIDATOR major changed",
      "SD-LANGUAGE-VALIDATOR major changed",
    ],
    [
      "DO in a language",
      lang,
      `drop language @_l; ${lang} inline plpgsql_inline_handler`,
      "SD-LANGUAGE-INLINE major changed",
      "SD-LANGUAGE-INLINE major changed",
    ],
    [
      "a privilege on a language",
      lang.replace("language", "trusted language"),
      "revoke usage on language @_l from public",
      "SD-LANGUAGE-REVOKE major tighter",
      "SD-LANGUAGE-REVOKE critical looser",
    ],
    [
      "the comment of a language",
      lang,
      "comment on language @_l is 'x'",
      "SD-LANGUAGE-COMMENT minor changed",
      "SD-LANGUAGE-COMMENT minor changed",
    ],
    [
      "a default conversion",
      "create conversion k for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
      "drop conversion k; create default conversion k for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
      "SD-CONVERSION-DEFAULT major changed",
      "SD-CONVERSION-DEFAULT major changed",
    ],
    [
      "the owner of a conversion",
      "create conversion k for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
      "alter conversion k owner to drift_super",
      "SD-CONVERSION-OWNER critical changed",
      "SD-CONVERSION-OWNER critical changed",
    ],
    [
      "the comment of a conversion",
      "create conversion k for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
      "comment on conversion k is 'x'",
      "SD-CONVERSION-COMMENT minor changed",
      "SD-CONVERSION-COMMENT minor changed",
    ],
    [
      "the comment of an access method",
      "create access method @_m type table handler heap_tableam_handler",
      "comment on access method @_m is 'x'",
      "SD-ACCESS-METHOD-COMMENT minor changed",
      "SD-ACCESS-METHOD-COMMENT minor changed",
    ],
    [
      "the access method of a table",
      "create access method @_m type table handler heap_tableam_handler; create table t (a int)",
      "drop table t; create table t (a int) using @_m",
      "SD-TABLE-ACCESS-METHOD major changed",
      "SD-TABLE-ACCESS-METHOD major changed",
    ],
  ]),
];

const created = (name: string, expected: string, actual: string, finding: string): MatrixCase => ({
  ...{ name, base: "select 1", change: "select 1", finding, back: finding },
  options: [expected, actual],
});
const builtin = "locale_provider builtin builtin_locale 'C'";

/** What a database is made with. */
export const madeWith: readonly MatrixCase[] = [
  created(
    "the encoding of the database",
    "",
    "encoding 'SQL_ASCII'",
    "SD-DATABASE-ENCODING critical changed",
  ),
  created("how the database sorts", "", "lc_collate 'C.UTF-8'", "SD-DATABASE-COLLATE critical changed"),
  created("the letters of the database", "", "lc_ctype 'C.UTF-8'", "SD-DATABASE-CTYPE critical changed"),
  created("where the database is", "", "tablespace drift_space", "SD-DATABASE-TABLESPACE minor changed"),
  ...[
    created(
      "the provider of the database's locale",
      "",
      builtin,
      "SD-DATABASE-LOCALE-PROVIDER critical changed + SD-DATABASE-LOCALE critical changed",
    ),
    created(
      "the locale of the database",
      builtin,
      builtin.replace("'C'", "'C.UTF-8'"),
      "SD-DATABASE-LOCALE critical changed",
    ),
    created(
      "the sorting rules of the database",
      "locale_provider icu icu_locale 'en'",
      "locale_provider icu icu_locale 'en' icu_rules '&a < z'",
      "SD-DATABASE-ICU-RULES critical changed",
    ),
  ].map((each) => ({ ...each, since: 18 })),
];

/** Of these a database has one: each needs a pair of its own. */
export const oneOfAKind: readonly MatrixCase[] = [
  ...madeWith,
  ...made([
    ["a large object", "select 1", "select lo_create(0)", "NOT-MODELLED", "info unexpected", "info missing"],
  ]),
  ...cases([
    [
      "one privilege more on a table of PostgreSQL",
      "grant select on pg_catalog.pg_authid to drift_app",
      "grant insert on pg_catalog.pg_authid to drift_app",
      "SD-PRESET-GRANT critical looser",
      "SD-PRESET-GRANT major tighter",
    ],
    [
      "a view of PostgreSQL that all may read again",
      "revoke select on pg_catalog.pg_stats from public; grant select on pg_catalog.pg_stats to drift_app",
      "grant select on pg_catalog.pg_stats to public",
      "SD-PRESET-REVOKE critical looser",
      "SD-PRESET-REVOKE major tighter",
    ],
    [
      "the owner of an extension",
      "create extension hstore",
      "update pg_extension set extowner = 'drift_app'::regrole where extname = 'hstore'",
      "SD-EXTENSION-OWNER critical changed",
      "SD-EXTENSION-OWNER critical changed",
    ],
    [
      "what defaults do not give",
      "alter default privileges revoke execute on functions from public; alter default privileges grant execute on functions to drift_app",
      "alter default privileges grant execute on functions to public",
      "SD-DEFAULT-PRIVILEGES-REVOKE major looser",
      "SD-DEFAULT-PRIVILEGES-REVOKE major tighter",
    ],
  ]),
  ...made([
    [
      "an extension",
      "create extension if not exists plpgsql",
      "create extension hstore",
      "EXTENSION",
      "major unexpected",
      "critical missing",
    ],
    [
      "default privileges everywhere",
      "select 1",
      "alter default privileges grant select on tables to drift_app",
      "DEFAULT-PRIVILEGES",
      "major unexpected",
      "major missing",
    ],
    [
      "a privilege on a table of PostgreSQL",
      "select 1",
      "grant select on pg_catalog.pg_authid to drift_app",
      "PRESET",
      "major looser",
      "major looser",
    ],
  ]),
  ...cases([
    [
      "an extension's version",
      "create extension hstore version '1.4'",
      "alter extension hstore update to '1.5'",
      "SD-EXTENSION-VERSION major changed",
      "SD-EXTENSION-VERSION major changed",
    ],
    [
      "an extension's schema",
      "create extension hstore; create schema other",
      "alter extension hstore set schema other",
      "SD-EXTENSION-SCHEMA critical changed",
      "SD-EXTENSION-SCHEMA critical changed",
    ],
    [
      "the comment of an extension",
      "create extension hstore",
      "comment on extension hstore is 'x'",
      "SD-EXTENSION-COMMENT minor changed",
      "SD-EXTENSION-COMMENT minor changed",
    ],
    [
      "the database's owner",
      "select 1",
      set("alter database %I owner to drift_app"),
      "SD-DATABASE-OWNER critical changed",
      "SD-DATABASE-OWNER critical changed",
    ],
    [
      "the comment of the database",
      "select 1",
      set("comment on database %I is ''x''"),
      "SD-DATABASE-COMMENT minor changed",
      "SD-DATABASE-COMMENT minor changed",
    ],
    [
      "the connections of the database",
      "select 1",
      set("alter database %I connection limit 5"),
      "SD-DATABASE-CONNECTION-LIMIT major changed",
      "SD-DATABASE-CONNECTION-LIMIT major changed",
    ],
    [
      "a privilege on the database",
      "select 1",
      set("grant create on database %I to drift_app"),
      "SD-DATABASE-GRANT critical looser",
      "SD-DATABASE-GRANT major tighter",
    ],
    [
      "a database that not everybody may use",
      "select 1",
      set("revoke connect on database %I from public"),
      "SD-DATABASE-REVOKE major tighter",
      "SD-DATABASE-REVOKE critical looser",
    ],
    [
      "what a default gives to all",
      "alter default privileges revoke execute on functions from public",
      "alter default privileges grant execute on functions to drift_app",
      "SD-DEFAULT-PRIVILEGES-GRANT major looser",
      "SD-DEFAULT-PRIVILEGES-GRANT major tighter",
    ],
  ]),
];
