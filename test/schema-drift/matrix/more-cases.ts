import { cases, type MatrixCase, made } from "./matrix-case.ts";

/** One property, the same severity either way. */
const same = (name: string, base: string, change: string, code: string, severity: string) =>
  [name, base, change, `SD-${code} ${severity} changed`, `SD-${code} ${severity} changed`] as const;
const revoked = (name: string, base: string, change: string, code: string) =>
  [name, base, change, `SD-${code}-REVOKE major tighter`, `SD-${code}-REVOKE critical looser`] as const;
const granted = (name: string, base: string, change: string, code: string) =>
  [name, base, change, `SD-${code}-GRANT critical looser`, `SD-${code}-GRANT major tighter`] as const;

const m = "create table t (a int, b text); create materialized view v as select a, b from t";
const ex = "create table t (a int4range, b int, constraint x exclude using gist (a with &&))";
const exclude = (options: string) =>
  `alter table t drop constraint x; alter table t add constraint x exclude using gist (a with &&) ${options}`;
const u = "create table t (a int, constraint k unique (a))";
const pk = "create table t (a int, constraint k primary key (a) deferrable)";
const invalid = (index: string) =>
  `update pg_index set indisvalid = false where indexrelid = '${index}'::regclass`;

/** What concerns an index that belongs to a constraint. */
export const backing: readonly MatrixCase[] = cases([
  same(
    "a deferred primary key",
    pk,
    "alter table t drop constraint k; alter table t add constraint k primary key (a) deferrable initially deferred",
    "PK-INITIALLY-DEFERRED",
    "major",
  ),
  [
    "a primary key whose trigger is off",
    pk,
    "alter table t disable trigger all",
    "SD-PK-UNENFORCED critical changed",
    "SD-PK-UNENFORCED major changed",
  ],
  same("where a primary key is", pk, "alter index k set tablespace drift_space", "PK-TABLESPACE", "minor"),
  same(
    "a deferrable unique constraint",
    u,
    "alter table t drop constraint k; alter table t add constraint k unique (a) deferrable",
    "UNIQUE-DEFERRABLE",
    "major",
  ),
  [
    "the index of a unique constraint, invalid",
    u,
    invalid("k"),
    "SD-UNIQUE-INVALID critical changed",
    "SD-UNIQUE-VALID major changed",
  ],
  same(
    "a storage parameter of a unique constraint",
    u,
    "alter index k set (fillfactor = 70)",
    "UNIQUE-OPTION",
    "minor",
  ),
  same(
    "where a unique constraint is",
    u,
    "alter index k set tablespace drift_space",
    "UNIQUE-TABLESPACE",
    "minor",
  ),
  same("CLUSTER by a unique constraint", u, "alter table t cluster on k", "UNIQUE-CLUSTERED", "minor"),
  same(
    "the comment of a unique constraint",
    u,
    "comment on constraint k on t is 'x'",
    "UNIQUE-COMMENT",
    "minor",
  ),
  same(
    "the comment of a unique constraint's index",
    u,
    "comment on index k is 'x'",
    "UNIQUE-INDEX-COMMENT",
    "minor",
  ),
  same(
    "what an exclusion constraint's index covers",
    ex,
    exclude("").replace("&&) ", "&&) include (b)"),
    "EXCLUSION-INCLUDE",
    "minor",
  ),
  same("a deferrable exclusion constraint", ex, exclude("deferrable"), "EXCLUSION-DEFERRABLE", "major"),
  same(
    "a deferred exclusion constraint",
    ex.replace("&&))", "&&) deferrable)"),
    exclude("deferrable initially deferred"),
    "EXCLUSION-INITIALLY-DEFERRED",
    "major",
  ),
  [
    "an exclusion constraint whose trigger is off",
    ex.replace("&&))", "&&) deferrable)"),
    "alter table t disable trigger all",
    "SD-EXCLUSION-UNENFORCED critical changed",
    "SD-EXCLUSION-UNENFORCED major changed",
  ],
  [
    "the index of an exclusion constraint, invalid",
    ex,
    invalid("x"),
    "SD-EXCLUSION-INVALID critical changed",
    "SD-EXCLUSION-VALID major changed",
  ],
  same(
    "a storage parameter of an exclusion constraint",
    ex,
    "alter index x set (fillfactor = 70)",
    "EXCLUSION-OPTION",
    "minor",
  ),
  same(
    "where an exclusion constraint is",
    ex,
    "alter index x set tablespace drift_space",
    "EXCLUSION-TABLESPACE",
    "minor",
  ),
  same(
    "CLUSTER by an exclusion constraint",
    ex,
    "alter table t cluster on x",
    "EXCLUSION-CLUSTERED",
    "minor",
  ),
  same(
    "the comment of an exclusion constraint",
    ex,
    "comment on constraint x on t is 'x'",
    "EXCLUSION-COMMENT",
    "minor",
  ),
  same(
    "the comment of an exclusion constraint's index",
    ex,
    "comment on index x is 'x'",
    "EXCLUSION-INDEX-COMMENT",
    "minor",
  ),
  same(
    "where a table is",
    "create table t (a int)",
    "alter table t set tablespace drift_space",
    "TABLE-TABLESPACE",
    "minor",
  ),
  same(
    "where an index is",
    "create table t (a int); create index i on t (a)",
    "alter index i set tablespace drift_space",
    "INDEX-TABLESPACE",
    "minor",
  ),
  same(
    "where a materialised view is",
    m,
    "alter materialized view v set tablespace drift_space",
    "MATVIEW-TABLESPACE",
    "minor",
  ),
  same(
    "how a materialised view is kept",
    `create access method @_m type table handler heap_tableam_handler; ${m}`,
    "drop materialized view v; create materialized view v using @_m as select a, b from t",
    "MATVIEW-ACCESS-METHOD",
    "major",
  ),
  [
    "how a materialised view identifies rows",
    m,
    "update pg_class set relreplident = 'f' where oid = 'v'::regclass",
    "SD-MATVIEW-REPLICA-IDENTITY major changed",
    "SD-MATVIEW-REPLICA-IDENTITY major changed",
  ],
  [
    "a materialised view that a crash empties",
    m,
    "update pg_class set relpersistence = 'u' where oid = 'v'::regclass",
    "SD-MATVIEW-UNLOGGED critical changed",
    "SD-MATVIEW-PERSISTENCE minor changed",
  ],
  same(
    "the compression of a materialised view's column",
    m,
    "alter materialized view v alter b set compression pglz",
    "VIEW-COLUMN-COMPRESSION",
    "minor",
  ),
  same(
    "what the planner is told of a materialised view's column",
    m,
    "alter materialized view v alter a set (n_distinct = 5)",
    "VIEW-COLUMN-OPTION",
    "minor",
  ),
  same(
    "the table of extended statistics",
    "create table t (a int, b int); create table w (a int, b int); create statistics s (ndistinct) on a, b from t",
    "drop statistics s; create statistics s (ndistinct) on a, b from w",
    "STATISTICS-ON",
    "minor",
  ).map((each) =>
    each.startsWith("SD-") ? `${each} + SD-STATISTICS-DEFINITION minor changed` : each,
  ) as never,
  [
    "a partition that is half detached",
    "create table t (a int) partition by list (a); create table t1 partition of t for values in (1)",
    "update pg_inherits set inhdetachpending = true where inhrelid = 't1'::regclass",
    "SD-TABLE-DETACH-PENDING critical changed",
    "SD-TABLE-DETACH-PENDING critical changed",
  ],
]);

const y = "create type y (input = y_in, output = y_out, internallength = 8, alignment = int4)";
const io =
  "create type y; create function y_in(cstring) returns y language internal immutable strict as 'int8in'; create function y_out(y) returns cstring language internal immutable strict as 'int8out'";
const remade = (name: string, options: string, property: string, severity: string) =>
  same(
    name,
    `${io}; ${y}`,
    `drop type y cascade; ${io}; ${y.replace(options.includes("internallength") ? "internallength = 8, alignment = int4" : "alignment = int4", options)}`,
    `TYPE-${property}`,
    severity,
  );
const added = (name: string, option: string, property: string, severity: string) =>
  same(name, `${io}; ${y}`, `alter type y set (${option})`, `TYPE-${property}`, severity);
const plus =
  "create function plus(int, int) returns int language sql immutable as 'select $1 + $2'; create function other(int, int) returns int language sql immutable as 'select $1'; create function wide(bigint, int) returns bigint language sql immutable as 'select $1'; create function final(int) returns text language sql immutable as 'select $1::text'; create function final2(int, int) returns text language sql immutable as 'select $1::text'; create function final3(int) returns int language sql immutable as 'select $1'; create function final4(int, int) returns int language sql immutable as 'select $1'";
const aggregate = (name: string, from: string, to: string, finding: string) =>
  [
    name,
    `${plus}; create aggregate ${from}`,
    `drop aggregate ${from.slice(0, from.indexOf(") (") + 1)}; create aggregate ${to}`,
    finding,
    finding,
  ] as const;
const op =
  "create function lt(int, int) returns bool language internal immutable strict as 'int4lt'; create function pl(int, int) returns int language internal immutable strict as 'int4pl'; create function gt(int, int) returns bool language internal immutable strict as 'int4gt'";
const classOf = (type: string, rest: string) => `create operator class o ${type} using btree ${rest}`;
const parser =
  "create text search parser k (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)";
const lexer = (name: string, role: string, builtin: string, args: string) =>
  same(
    name,
    `create function own(${args}) returns ${role === "END" ? "void" : "internal"} language internal as '${builtin}'; ${parser}`,
    `drop text search parser k; ${parser.replace(builtin, "own")}`,
    `TS-PARSER-${role}`,
    "critical",
  );
const lang =
  "create language @_l handler plpgsql_call_handler; create transform for int language @_l (from sql with function prsd_lextype(internal))";
const code = "create function f() returns int language c as '$libdir/plpgsql', 'plpgsql_call_handler'";
const latin = "create conversion k for 'LATIN2' to 'UTF8' from iso8859_to_utf8";
const utf = "create conversion k for 'UTF8' to 'LATIN2' from utf8_to_iso8859";
const cast =
  "create type k as enum ('a'); create function to_k(text) returns k language sql immutable as $$ select 'a'::k $$";

/** What PostgreSQL is extended with, in the parts that are seldom changed. */
export const extended: readonly MatrixCase[] = [
  ...made([
    ["a type with its functions", "select 1", `${io}; ${y}`, "TYPE", "major unexpected", "critical missing"],
  ]),
  ...cases([
    revoked(
      "a sequence that its owner may not change",
      "create sequence s",
      "revoke update on sequence s from postgres",
      "SEQUENCE",
    ),
    revoked(
      "a view that its owner may not read",
      "create table t (a int); create view v as select a from t",
      "revoke select on v from postgres",
      "VIEW",
    ),
    revoked(
      "a materialised view that its owner may not read",
      m,
      "revoke select on v from postgres",
      "MATVIEW",
    ),
    revoked(
      "a procedure that not everybody may call",
      "create procedure f() language sql as ''",
      "revoke execute on procedure f from public",
      "PROCEDURE",
    ),
    revoked(
      "a composite type that not everybody may use",
      "create type k as (a int)",
      "revoke usage on type k from public",
      "COMPOSITE",
    ),
    revoked(
      "a foreign-data wrapper that its owner may not use",
      "create foreign data wrapper @_w",
      "revoke usage on foreign data wrapper @_w from postgres",
      "FDW",
    ),
    revoked(
      "a foreign server that its owner may not use",
      "create foreign data wrapper @_w; create server @_r foreign data wrapper @_w",
      "revoke usage on foreign server @_r from postgres",
      "SERVER",
    ),
    revoked(
      "a foreign table that its owner may not read",
      "create foreign data wrapper @_w; create server @_r foreign data wrapper @_w; create foreign table t (a int) server @_r",
      "revoke select on t from postgres",
      "FOREIGN-TABLE",
    ),
    revoked(
      "a schema that its owner may not use",
      "select 1",
      "revoke usage on schema @ from postgres",
      "SCHEMA",
    ),
    granted(
      "a privilege on an aggregate, given",
      `${plus}; create aggregate s(int) (sfunc = plus, stype = int)`,
      "grant execute on function s(int) to drift_app",
      "AGGREGATE",
    ),
    granted(
      "a privilege on an enumeration, given",
      "create type e as enum ('a')",
      "grant usage on type e to drift_app",
      "ENUM",
    ),
    granted(
      "a privilege on a domain, given",
      "create domain d as int",
      "grant usage on type d to drift_app",
      "DOMAIN",
    ),
    granted(
      "a privilege on a range, given",
      "create type r as range (subtype = int4)",
      "grant usage on type r to drift_app",
      "RANGE",
    ),
    granted("a privilege on a type, given", `${io}; ${y}`, "grant usage on type y to drift_app", "TYPE"),
    granted(
      "a privilege on a language, given",
      "create trusted language @_l handler plpgsql_call_handler",
      "grant usage on language @_l to drift_app",
      "LANGUAGE",
    ),
    same(
      "the transform of a function",
      `${lang}; create function f(int) returns int language @_l as 'x'`,
      "create or replace function f(int) returns int language @_l transform for type int as 'x'",
      "FUNCTION-TRANSFORM",
      "major",
    ),
    same(
      "the transform of a procedure",
      `${lang}; create procedure f(int) language @_l as 'x'`,
      "create or replace procedure f(int) language @_l transform for type int as 'x'",
      "PROCEDURE-TRANSFORM",
      "major",
    ),
    same(
      "the library of a function",
      code,
      "create or replace function f() returns int language c as 'plpgsql', 'plpgsql_call_handler'",
      "FUNCTION-LIBRARY",
      "major",
    ),
    same(
      "the library of a procedure",
      code.replace("function f() returns int", "procedure f()"),
      "create or replace procedure f() language c as 'plpgsql', 'plpgsql_call_handler'",
      "PROCEDURE-LIBRARY",
      "major",
    ),
    same(
      "the SQL-standard body of a procedure",
      "create procedure f() begin atomic select 1; end",
      "create or replace procedure f() begin atomic select 2; end",
      "PROCEDURE-SQL-BODY",
      "major",
    ),
    aggregate(
      "the name of an aggregate's argument",
      "s(a int) (sfunc = plus, stype = int)",
      "s(b int) (sfunc = plus, stype = int)",
      "SD-AGGREGATE-ARGUMENTS major changed",
    ),
    aggregate(
      "what an aggregate returns",
      "s(int) (sfunc = plus, stype = int)",
      "s(int) (sfunc = plus, stype = int, finalfunc = final)",
      "SD-AGGREGATE-RESULT critical changed + SD-AGGREGATE-FINAL-FUNCTION major changed",
    ),
    aggregate(
      "the kind of an aggregate",
      `s(variadic "any" order by variadic "any") (sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra)`,
      `s(variadic "any" order by variadic "any") (sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical)`,
      "SD-AGGREGATE-AGGREGATE-KIND major changed",
    ),
    aggregate(
      "the state of an aggregate",
      "s(int) (sfunc = plus, stype = int)",
      "s(int) (sfunc = wide, stype = bigint)",
      "SD-AGGREGATE-RESULT critical changed + SD-AGGREGATE-TRANSITION-FUNCTION major changed + SD-AGGREGATE-TRANSITION-TYPE major changed",
    ),
    aggregate(
      "how the state of an aggregate is sent",
      "s(numeric) (sfunc = numeric_avg_accum, stype = internal, finalfunc = numeric_avg, combinefunc = numeric_avg_combine)",
      "s(numeric) (sfunc = numeric_avg_accum, stype = internal, finalfunc = numeric_avg, combinefunc = numeric_avg_combine, serialfunc = numeric_avg_serialize, deserialfunc = numeric_avg_deserialize)",
      "SD-AGGREGATE-SERIAL-FUNCTION major changed + SD-AGGREGATE-DESERIAL-FUNCTION major changed",
    ),
    aggregate(
      "the state of a moving aggregate",
      "s(int) (sfunc = plus, stype = int, finalfunc = final3, msfunc = plus, minvfunc = other, mstype = int)",
      "s(int) (sfunc = plus, stype = int, finalfunc = final3, msfunc = wide, minvfunc = wide, mstype = bigint, mfinalfunc = int4)",
      "SD-AGGREGATE-MOVING-TRANSITION-FUNCTION major changed + SD-AGGREGATE-MOVING-INVERSE-FUNCTION major changed + SD-AGGREGATE-MOVING-TRANSITION-TYPE major changed + SD-AGGREGATE-MOVING-FINAL-FUNCTION major changed",
    ),
    aggregate(
      "the arguments of a moving aggregate's last function",
      "s(int) (sfunc = plus, stype = int, msfunc = plus, minvfunc = other, mstype = int, mfinalfunc = final3)",
      "s(int) (sfunc = plus, stype = int, msfunc = plus, minvfunc = other, mstype = int, mfinalfunc = final4, mfinalfunc_extra)",
      "SD-AGGREGATE-MOVING-FINAL-FUNCTION major changed + SD-AGGREGATE-MOVING-FINAL-EXTRA major changed",
    ),
    same(
      "the canonical form of a range",
      "create type r; create function own(r) returns r language internal immutable strict as 'int4range_canonical'; create type r as range (subtype = int4)",
      "drop type r cascade; create type r; create function own(r) returns r language internal immutable strict as 'int4range_canonical'; create type r as range (subtype = int4, canonical = own)",
      "RANGE-CANONICAL",
      "critical",
    ),
    added("how a type's modifier is read", "typmod_in = numerictypmodin", "MODIFIER-INPUT", "critical"),
    added("how a type's modifier is written", "typmod_out = numerictypmodout", "MODIFIER-OUTPUT", "critical"),
    added("how a type is analysed", "analyze = ts_typanalyze", "ANALYZE", "minor"),
    added("how a type is subscripted", "subscript = raw_array_subscript_handler", "SUBSCRIPT", "major"),
    remade("the length of a type", "alignment = int4, internallength = 16", "LENGTH", "critical"),
    remade("a type that is passed by value", "passedbyvalue, alignment = double", "BY-VALUE", "critical").map(
      (each) => (each.startsWith("SD-") ? `${each} + SD-TYPE-ALIGNMENT critical changed` : each),
    ) as never,
    remade("the alignment of a type", "alignment = char", "ALIGNMENT", "critical"),
    [
      "the elements of a type",
      `${io}; ${y}`,
      `drop type y cascade; ${io}; ${y.replace("alignment", "element = int4, alignment")}`,
      "SD-TYPE-SUBSCRIPT major changed + SD-TYPE-ELEMENT major changed",
      "SD-TYPE-SUBSCRIPT major changed + SD-TYPE-ELEMENT major changed",
    ],
    remade("a type that can be collated", "alignment = int4, collatable = true", "COLLATABLE", "major"),
    same(
      "how a cast works",
      `${cast}; create cast (text as k) with function to_k(text)`,
      "drop cast (text as k); create cast (text as k) with inout",
      "CAST-METHOD",
      "critical",
    ).map((each) => (each.startsWith("SD-") ? `${each} + SD-CAST-FUNCTION critical changed` : each)) as never,
    same(
      "what an operator returns",
      `${op}; create operator <~ (leftarg = int, rightarg = int, function = lt)`,
      "drop operator <~ (int, int); create operator <~ (leftarg = int, rightarg = int, function = pl)",
      "OPERATOR-RESULT",
      "critical",
    ).map((each) =>
      each.startsWith("SD-") ? `SD-OPERATOR-FUNCTION major changed + ${each}` : each,
    ) as never,
    same(
      "the negator of an operator",
      `${op}; create operator <~ (leftarg = int, rightarg = int, function = lt); create operator >=~ (leftarg = int, rightarg = int, function = gt, negator = <~); update pg_operator set oprnegate = 0 where oid in ('@.<~(int,int)'::regoperator, '@.>=~(int,int)'::regoperator)`,
      "update pg_operator set oprnegate = '@.>=~(int,int)'::regoperator where oid = '@.<~(int,int)'::regoperator",
      "OPERATOR-NEGATOR",
      "major",
    ),
    same(
      "the type of an operator class",
      "create operator family g using gist; create operator class o for type point using gist family g as storage box",
      "drop operator class o using gist; create operator class o for type circle using gist family g as storage box",
      "OPERATOR-CLASS-TYPE",
      "critical",
    ),
    same(
      "the family of an operator class",
      "create operator family g using btree; create operator family h using btree; create operator class o for type int4 using btree family g as function 1 btint4cmp(int4, int4)",
      "drop operator class o using btree; create operator class o for type int4 using btree family h as function 1 btint4cmp(int4, int4)",
      "OPERATOR-CLASS-FAMILY",
      "critical",
    ),
    same(
      "a default operator class",
      "create access method @_b type index handler bthandler; create operator family g using @_b; create operator class o for type int4 using @_b family g as function 1 btint4cmp(int4, int4)",
      "drop operator class o using @_b; create operator class o default for type int4 using @_b family g as function 1 btint4cmp(int4, int4)",
      "OPERATOR-CLASS-DEFAULT",
      "major",
    ),
    same(
      "what an operator class stores",
      "create operator family g using gist; create operator class o for type point using gist family g as function 1 gist_point_consistent(internal, point, int2, oid, internal)",
      "drop operator class o using gist; create operator class o for type point using gist family g as function 1 gist_point_consistent(internal, point, int2, oid, internal), storage box",
      "OPERATOR-CLASS-KEY-TYPE",
      "critical",
    ),
    same(
      "the functions of an operator class",
      `create operator family g using btree; ${classOf("for type int4", "family g as operator 3 =")}`,
      `drop operator class o using btree; ${classOf("for type int4", "family g as operator 3 =, function 1 btint4cmp(int4, int4)")}`,
      "OPERATOR-CLASS-SUPPORT",
      "critical",
    ),
    lexer("how a parser begins", "START", "prsd_start", "internal, int"),
    lexer("how a parser goes on", "TOKEN", "prsd_nexttoken", "internal, internal, internal"),
    lexer("how a parser ends", "END", "prsd_end", "internal"),
    lexer("the words of a parser", "TYPES", "prsd_lextype", "internal"),
    same(
      "how a template looks up words",
      "create text search template k (lexize = dsimple_lexize)",
      "drop text search template k; create text search template k (lexize = dsynonym_lexize)",
      "TS-TEMPLATE-LEXIZE",
      "critical",
    ),
    same(
      "the parser of a configuration",
      `${parser.replace("parser k", "parser j")}; create text search configuration k (parser = pg_catalog.default)`,
      "drop text search configuration k; create text search configuration k (parser = j)",
      "TS-CONFIGURATION-PARSER",
      "critical",
    ),
    same(
      "the handler of a foreign-data wrapper",
      "create function h() returns fdw_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler'; create foreign data wrapper @_w",
      "alter foreign data wrapper @_w handler h",
      "FDW-HANDLER",
      "critical",
    ),
    same(
      "the handler of an access method",
      "create function h(internal) returns table_am_handler language internal as 'heap_tableam_handler'; create access method @_m type table handler heap_tableam_handler",
      "drop access method @_m; create access method @_m type table handler h",
      "ACCESS-METHOD-HANDLER",
      "critical",
    ),
    same(
      "the type of an access method",
      "create access method @_m type table handler heap_tableam_handler",
      "drop access method @_m; create access method @_m type index handler bthandler",
      "ACCESS-METHOD-TYPE",
      "critical",
    ).map((each) =>
      each.startsWith("SD-") ? `${each} + SD-ACCESS-METHOD-HANDLER critical changed` : each,
    ) as never,
    same(
      "from what a conversion converts",
      latin,
      `drop conversion k; ${latin.replace("LATIN2", "LATIN3")}`,
      "CONVERSION-FROM",
      "critical",
    ),
    same(
      "to what a conversion converts",
      utf,
      `drop conversion k; ${utf.replace("LATIN2", "LATIN3")}`,
      "CONVERSION-TO",
      "critical",
    ),
    same(
      "how a conversion converts",
      `create function own(int, int, cstring, internal, int, bool) returns int language c strict as '$libdir/utf8_and_iso8859', 'iso8859_to_utf8'; ${latin}`,
      `drop conversion k; ${latin.replace("from iso8859_to_utf8", "from own")}`,
      "CONVERSION-FUNCTION",
      "critical",
    ),
    same(
      "what a transform gives to functions",
      `create function own(internal) returns internal language internal immutable as 'prsd_lextype'; ${lang}`,
      "drop transform for int language @_l; create transform for int language @_l (from sql with function own(internal))",
      "TRANSFORM-FROM-SQL",
      "major",
    ),
    same(
      "what a transform takes from functions",
      `create function own(internal) returns int language internal immutable as 'prsd_lextype'; ${lang}`,
      "drop transform for int language @_l; create transform for int language @_l (from sql with function prsd_lextype(internal), to sql with function own(internal))",
      "TRANSFORM-TO-SQL",
      "major",
    ),
    same(
      "the comment of a transform",
      lang,
      "comment on transform for int language @_l is 'x'",
      "TRANSFORM-COMMENT",
      "minor",
    ),
    same(
      "the handler of a language",
      "create function h() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler'; create language @_l handler plpgsql_call_handler",
      "drop language @_l; create language @_l handler h",
      "LANGUAGE-HANDLER",
      "critical",
    ),
  ]),
  ...cases(
    [
      same(
        "the name of a domain's NOT NULL",
        "create domain d as int not null",
        "alter domain d rename constraint d_not_null to n",
        "DOMAIN-NOT-NULL-NAME",
        "minor",
      ),
    ],
    { since: 18 },
  ),
];

const icu = (name: string, from: string, to: string, finding: string) =>
  [
    name,
    `create collation k (${from})`,
    `drop collation k; create collation k (${to})`,
    finding,
    finding,
  ] as const;

/** For servers with ICU. */
export const withIcu: readonly MatrixCase[] = [
  ...cases([
    icu(
      "a collation that takes texts for equal",
      "provider = icu, locale = 'und'",
      "provider = icu, locale = 'und', deterministic = false",
      "SD-COLLATION-DETERMINISTIC critical changed",
    ),
  ]),
  ...cases(
    [
      icu(
        "the locale of a collation",
        "provider = icu, locale = 'en'",
        "provider = icu, locale = 'sv'",
        "SD-COLLATION-LOCALE critical changed",
      ),
      icu(
        "the provider of a collation",
        "provider = libc, locale = 'C'",
        "provider = icu, locale = 'en'",
        "SD-COLLATION-PROVIDER critical changed + SD-COLLATION-COLLATE critical changed + SD-COLLATION-CTYPE critical changed + SD-COLLATION-LOCALE critical changed + SD-COLLATION-ENCODING major changed",
      ),
    ],
    { since: 15 },
  ),
  ...cases(
    [
      icu(
        "the rules of a collation",
        "provider = icu, locale = 'en'",
        "provider = icu, locale = 'en', rules = '&a < z'",
        "SD-COLLATION-RULES critical changed",
      ),
    ],
    { since: 16 },
  ),
];
