import { cases, type MatrixCase, made } from "./matrix-case.ts";

const f = "create function f(a int) returns int language plpgsql as 'begin return a; end'";
const altered = (name: string, to: string, finding: string, back = finding) =>
  [name, f, `alter function f ${to}`, finding, back] as const;
const replaced = (name: string, from: string, to: string, finding: string, back = finding) =>
  [name, from, to.replace("create", "create or replace"), finding, back] as const;

const proc = "create procedure f(a int) language plpgsql as 'begin end'";
const plus =
  "create function plus(int, int) returns int language sql immutable as 'select $1 + $2'; create function other(int, int) returns int language sql immutable as 'select $1'; create function final(int) returns int language sql immutable as 'select $1'; create function final2(int, int) returns int language sql immutable as 'select $1'";
const agg = (options: string) => `create aggregate s(int) (sfunc = plus, stype = int${options})`;
const aggregate = (name: string, property: string, to: string, severity = "major", from = agg("")) =>
  [
    name,
    `${plus}; ${from}`,
    `drop aggregate s(int); ${to}`,
    `SD-AGGREGATE-${property} ${severity} changed`,
    `SD-AGGREGATE-${property} ${severity} changed`,
  ] as const;
const finalExtra = "SD-AGGREGATE-FINAL-FUNCTION major changed + SD-AGGREGATE-FINAL-EXTRA major changed";
const moving = ", msfunc = plus, minvfunc = other, mstype = int";

export const routines: readonly MatrixCase[] = [
  ...made([
    ["a function", "select 1", f, "FUNCTION", "major unexpected", "critical missing"],
    [
      "a function for other arguments",
      f,
      f.replace("a int", "a text"),
      "FUNCTION",
      "major unexpected",
      "critical missing",
    ],
    ["a procedure", "select 1", proc, "PROCEDURE", "major unexpected", "critical missing"],
    ["an aggregate", plus, agg(""), "AGGREGATE", "major unexpected", "critical missing"],
  ]),
  ...cases([
    replaced(
      "a function's body",
      f,
      f.replace("return a;", "return a + 1;"),
      "SD-FUNCTION-BODY major changed",
    ),
    replaced(
      "an SQL-standard body",
      "create function f(a int) returns int return a + 1",
      "create function f(a int) returns int return a + 2",
      "SD-FUNCTION-SQL-BODY major changed",
    ),
    replaced(
      "the default of an argument",
      f.replace("a int", "a int default 1"),
      f.replace("a int", "a int default 2"),
      "SD-FUNCTION-ARGUMENTS major changed",
    ),
    [
      "the name of an argument",
      f,
      `set check_function_bodies = off; drop function f; ${f.replace("a int", "b int")}`,
      "SD-FUNCTION-ARGUMENTS major changed",
      "SD-FUNCTION-ARGUMENTS major changed",
    ],
    [
      "what a function returns",
      "create function f() returns int language sql as 'select 1'",
      "drop function f; create function f() returns bigint language sql as 'select 1'",
      "SD-FUNCTION-RESULT critical changed",
      "SD-FUNCTION-RESULT critical changed",
    ],
    [
      "a function that returns a set",
      "create function f() returns int language sql as 'select 1'",
      "drop function f; create function f() returns setof int language sql as 'select 1'",
      "SD-FUNCTION-RESULT critical changed",
      "SD-FUNCTION-RESULT critical changed",
    ],
    [
      "the language of a function",
      "set check_function_bodies = off; create function f() returns int language sql as 'x'",
      "create or replace function f() returns int language plpgsql as 'x'",
      "SD-FUNCTION-LANGUAGE major changed",
      "SD-FUNCTION-LANGUAGE major changed",
    ],
    altered("a function that changes nothing", "immutable", "SD-FUNCTION-VOLATILITY major changed"),
    altered("a stable function", "stable", "SD-FUNCTION-VOLATILITY major changed"),
    altered("a strict function", "strict", "SD-FUNCTION-STRICT major changed"),
    altered(
      "a function with its owner's rights",
      "security definer",
      "SD-FUNCTION-SECURITY-DEFINER critical looser",
      "SD-FUNCTION-SECURITY-DEFINER critical tighter",
    ),
    altered(
      "a leakproof function",
      "leakproof",
      "SD-FUNCTION-LEAKPROOF critical looser",
      "SD-FUNCTION-LEAKPROOF minor tighter",
    ),
    altered("a function for parallel workers", "parallel safe", "SD-FUNCTION-PARALLEL major changed"),
    altered(
      "a function for the leader of parallel workers",
      "parallel restricted",
      "SD-FUNCTION-PARALLEL major changed",
    ),
    altered("the cost of a function", "cost 7", "SD-FUNCTION-COST minor changed"),
    [
      "the rows of a function",
      "create function f() returns setof int language sql as 'select 1'",
      "alter function f rows 7",
      "SD-FUNCTION-ROWS minor changed",
      "SD-FUNCTION-ROWS minor changed",
    ],
    [
      "the support of a function",
      "create function f(int, int) returns setof int language internal immutable strict as 'generate_series_int4'",
      "alter function f support generate_series_int4_support",
      "SD-FUNCTION-SUPPORT minor changed",
      "SD-FUNCTION-SUPPORT minor changed",
    ],
    altered(
      "a function's search_path",
      "set search_path = pg_catalog",
      "SD-FUNCTION-SEARCH-PATH major changed",
    ),
    [
      "the search_path of a function with its owner's rights",
      `${f} security definer set search_path = pg_catalog`,
      "alter function f reset search_path",
      "SD-FUNCTION-SEARCH-PATH critical looser",
      "SD-FUNCTION-SEARCH-PATH major changed",
    ],
    altered("a function's setting", "set work_mem = '8MB'", "SD-FUNCTION-SETTING major changed"),
    [
      "a function as a window function",
      "create function f() returns bigint language internal as 'window_row_number'",
      "drop function f; create function f() returns bigint language internal window as 'window_row_number'",
      "SD-FUNCTION-WINDOW major changed",
      "SD-FUNCTION-WINDOW major changed",
    ],
    altered("the owner of a function", "owner to drift_super", "SD-FUNCTION-OWNER critical changed"),
    [
      "a function that not everybody may call",
      f,
      "revoke execute on function f from public",
      "SD-FUNCTION-REVOKE major tighter",
      "SD-FUNCTION-REVOKE critical looser",
    ],
    [
      "a privilege on a function",
      f,
      "grant execute on function f to drift_app",
      "SD-FUNCTION-GRANT critical looser",
      "SD-FUNCTION-GRANT major tighter",
    ],
    [
      "the comment of a function",
      f,
      "comment on function f is 'x'",
      "SD-FUNCTION-COMMENT minor changed",
      "SD-FUNCTION-COMMENT minor changed",
    ],
    replaced(
      "a procedure's body",
      proc,
      proc.replace("begin end", "begin perform 1; end"),
      "SD-PROCEDURE-BODY major changed",
    ),
    replaced(
      "a procedure's arguments",
      proc.replace("a int", "a int default 1"),
      proc.replace("a int", "a int default 2"),
      "SD-PROCEDURE-ARGUMENTS major changed",
    ),
    [
      "a procedure with its owner's rights",
      proc,
      "alter procedure f security definer",
      "SD-PROCEDURE-SECURITY-DEFINER critical looser",
      "SD-PROCEDURE-SECURITY-DEFINER critical tighter",
    ],
    [
      "a procedure's setting",
      proc,
      "alter procedure f set work_mem = '8MB'",
      "SD-PROCEDURE-SETTING major changed",
      "SD-PROCEDURE-SETTING major changed",
    ],
    [
      "the owner of a procedure",
      proc,
      "alter procedure f owner to drift_super",
      "SD-PROCEDURE-OWNER critical changed",
      "SD-PROCEDURE-OWNER critical changed",
    ],
    [
      "a privilege on a procedure",
      proc,
      "grant execute on procedure f to drift_app",
      "SD-PROCEDURE-GRANT critical looser",
      "SD-PROCEDURE-GRANT major tighter",
    ],
    [
      "the comment of a procedure",
      proc,
      "comment on procedure f is 'x'",
      "SD-PROCEDURE-COMMENT minor changed",
      "SD-PROCEDURE-COMMENT minor changed",
    ],
    [
      "the language of a procedure",
      "set check_function_bodies = off; create procedure f() language sql as 'x'",
      "create or replace procedure f() language plpgsql as 'x'",
      "SD-PROCEDURE-LANGUAGE major changed",
      "SD-PROCEDURE-LANGUAGE major changed",
    ],
    aggregate("the function of an aggregate", "TRANSITION-FUNCTION", agg("").replace("plus", "other")),
    aggregate("the start of an aggregate", "INITIAL-VALUE", agg(", initcond = '0'")),
    aggregate("the last function of an aggregate", "FINAL-FUNCTION", agg(", finalfunc = final")),
    [
      "the arguments of an aggregate's last function",
      `${plus}; ${agg(", finalfunc = final")}`,
      `drop aggregate s(int); ${agg(", finalfunc = final2, finalfunc_extra")}`,
      finalExtra,
      finalExtra,
    ],
    aggregate(
      "what an aggregate's last function does to its state",
      "FINAL-MODIFY",
      agg(", finalfunc = final, finalfunc_modify = read_write"),
      "major",
      agg(", finalfunc = final"),
    ),
    aggregate("how parallel aggregates are put together", "COMBINE-FUNCTION", agg(", combinefunc = plus")),
    aggregate("an aggregate for parallel workers", "PARALLEL", agg(", parallel = safe")),
    aggregate("the memory of an aggregate", "TRANSITION-SPACE", agg(", sspace = 100"), "minor"),
    aggregate("the operator of an aggregate", "SORT-OPERATOR", agg(", sortop = <"), "minor"),
    aggregate(
      "the inverse of a moving aggregate",
      "MOVING-INVERSE-FUNCTION",
      agg(moving.replace("other", "plus")),
      "major",
      agg(moving),
    ),
    aggregate(
      "the function of a moving aggregate",
      "MOVING-TRANSITION-FUNCTION",
      agg(moving.replace("plus", "other")),
      "major",
      agg(moving),
    ),
    aggregate(
      "the start of a moving aggregate",
      "MOVING-INITIAL-VALUE",
      agg(`${moving}, minitcond = '0'`),
      "major",
      agg(moving),
    ),
    aggregate(
      "the memory of a moving aggregate",
      "MOVING-TRANSITION-SPACE",
      agg(`${moving}, msspace = 100`),
      "minor",
      agg(moving),
    ),
    aggregate(
      "the last function of a moving aggregate",
      "MOVING-FINAL-FUNCTION",
      agg(`${moving}, mfinalfunc = final`),
      "major",
      agg(moving),
    ),
    aggregate(
      "what a moving aggregate's last function does to its state",
      "MOVING-FINAL-MODIFY",
      agg(`${moving}, mfinalfunc = final, mfinalfunc_modify = read_write`),
      "major",
      agg(`${moving}, mfinalfunc = final`),
    ),
    [
      "the owner of an aggregate",
      `${plus}; ${agg("")}`,
      "alter aggregate s(int) owner to drift_super",
      "SD-AGGREGATE-OWNER critical changed",
      "SD-AGGREGATE-OWNER critical changed",
    ],
    [
      "a privilege on an aggregate",
      `${plus}; ${agg("")}`,
      "revoke execute on function s(int) from public",
      "SD-AGGREGATE-REVOKE major tighter",
      "SD-AGGREGATE-REVOKE critical looser",
    ],
    [
      "the comment of an aggregate",
      `${plus}; ${agg("")}`,
      "comment on aggregate s(int) is 'x'",
      "SD-AGGREGATE-COMMENT minor changed",
      "SD-AGGREGATE-COMMENT minor changed",
    ],
  ]),
];
