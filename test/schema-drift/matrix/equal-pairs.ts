type Pair = { readonly name: string; readonly base: string; readonly change: string };

const t = "create table t (a int, b text)";

/** What was done to one side, and changes nothing. */
export const equalPairs: readonly Pair[] = (
  [
    ["a column that came and went", t, "alter table t add c int; alter table t drop c"],
    ["a table that was made anew", t, `drop table t; ${t}`],
    [
      "objects made in another order",
      "create table t (a int); create table u (a int)",
      "drop table t; create table t (a int)",
    ],
    ["a name that came back", t, "alter table t rename to u; alter table u rename to t"],
    ["an owner that came back", t, "alter table t owner to drift_app; alter table t owner to postgres"],
    [
      "a privilege that came and went",
      t,
      "grant select on t to drift_app; revoke select on t from drift_app",
    ],
    [
      "a function whose default privilege is written out",
      "create function f() returns int language sql as 'select 1'",
      "revoke execute on function f from public; grant execute on function f to public",
    ],
    [
      "privileges in another order",
      `${t}; grant select on t to drift_app; grant select on t to drift_reader`,
      "revoke select on t from drift_app; grant select on t to drift_app",
    ],
    [
      "a privilege that two have granted",
      `${t}; grant usage on schema @ to drift_app; grant select on t to drift_app with grant option; grant select on t to drift_reader`,
      "set role drift_app; grant select on t to drift_reader; reset role",
    ],
    [
      "roles of a policy in another order",
      `${t}; create policy y on t to drift_app, drift_reader using (true)`,
      "alter policy y on t to drift_reader, drift_app",
    ],
    [
      "storage parameters in another order",
      `${t}; alter table t set (fillfactor = 70, autovacuum_enabled = off)`,
      "alter table t reset (fillfactor, autovacuum_enabled); alter table t set (autovacuum_enabled = off); alter table t set (fillfactor = 70)",
    ],
    [
      "a boolean in another word",
      `${t}; alter table t set (autovacuum_enabled = off)`,
      "alter table t set (autovacuum_enabled = false)",
    ],
    [
      "a number in another form",
      `${t}; alter table t set (autovacuum_vacuum_scale_factor = 0.1)`,
      "alter table t set (autovacuum_vacuum_scale_factor = 0.10)",
    ],
    [
      "the option of a view in another word",
      `${t}; create view v with (security_barrier) as select a from t`,
      "alter view v set (security_barrier = on)",
    ],
    ["a comment that came and went", t, "comment on table t is 'x'; comment on table t is null"],
    [
      "an enumeration whose label was added in between",
      "create type e as enum ('a', 'b', 'c')",
      "drop type e; create type e as enum ('a', 'c'); alter type e add value 'b' before 'c'",
    ],
    [
      "rows and numbers that were drawn",
      "create table t (a serial)",
      "insert into t select from generate_series(1, 10); select setval('t_a_seq', 500)",
    ],
    [
      "statistics of the planner",
      `${t}; create index i on t (a)`,
      "insert into t select i, 'x' from generate_series(1, 100) i; analyze t",
    ],
    [
      "the default storage, written out",
      t,
      "alter table t alter b set storage external; alter table t alter b set storage extended",
    ],
    [
      "the default statistics, written out",
      t,
      "alter table t alter a set statistics 10; alter table t alter a set statistics -1",
    ],
    [
      "the default compression, written out",
      t,
      "alter table t alter b set compression pglz; alter table t alter b set compression default",
    ],
    [
      "triggers that were off for a while",
      "create table p (a int primary key); create table t (a int references p)",
      "alter table t disable trigger all; alter table t enable trigger all",
    ],
    [
      "a constraint that was validated later",
      "create table t (a int, constraint c check (a > 0))",
      "alter table t drop constraint c; alter table t add constraint c check (a > 0) not valid; alter table t validate constraint c",
    ],
    [
      "a constraint by an index that was there",
      "create table t (a int not null, constraint k primary key (a))",
      "alter table t drop constraint k; create unique index k on t (a); alter table t add constraint k primary key using index k",
    ],
    [
      "constraints in another order",
      "create table t (a int, constraint c check (a > 0), constraint d check (a < 9))",
      "alter table t drop constraint c; alter table t add constraint c check (a > 0)",
    ],
    [
      "a serial by hand",
      "create table t (a serial)",
      "drop table t; create sequence t_a_seq as int; create table t (a int not null default nextval('t_a_seq')); alter sequence t_a_seq owned by t.a",
    ],
    [
      "a partition that was attached",
      "create table t (a int) partition by list (a); create table t1 partition of t for values in (1)",
      "drop table t1; create table t1 (a int); alter table t attach partition t1 for values in (1)",
    ],
    [
      "the settings of a function in another order",
      "create function f() returns int language sql set work_mem = '8MB' set search_path = '' as 'select 1'",
      "alter function f reset all; alter function f set search_path = ''; alter function f set work_mem = '8MB'",
    ],
    [
      "a publication whose tables came in another order",
      "create table t (a int); create table u (a int); create publication @_p for table t, u",
      "alter publication @_p drop table t; alter publication @_p add table t",
    ],
    [
      "default privileges that came and went",
      "select 1",
      "alter default privileges in schema @ grant select on tables to drift_app; alter default privileges in schema @ revoke select on tables from drift_app",
    ],
    [
      "a cluster mark that came and went",
      `${t}; create index i on t (a)`,
      "alter table t cluster on i; alter table t set without cluster",
    ],
    [
      "a view that was replaced by itself",
      `${t}; create view v as select a from t`,
      "create or replace view v as select a from t",
    ],
    [
      "a sequence that began anew",
      "create sequence s start 5",
      "select nextval('s'); alter sequence s restart",
    ],
    [
      "a materialised view that was filled again",
      `${t}; create materialized view v as select a from t`,
      "refresh materialized view v",
    ],
    [
      "a password of a foreign server that was changed",
      "create foreign data wrapper @_w; create server @_r foreign data wrapper @_w; create user mapping for drift_app server @_r options (password 'a')",
      "alter user mapping for drift_app server @_r options (set password 'b')",
    ],
  ] as const
).map(([name, base, change]) => ({ name, base, change }));
