import { cases, type MatrixCase, made } from "./matrix-case.ts";

const v = "create table t (a int, b int); create view v as select a from t";
const m = "create table t (a int, b text); create materialized view v as select a, b from t";
const s = "create sequence s";
const altered = (name: string, to: string, property: string, severity: string, back = severity) =>
  [
    name,
    s,
    `alter sequence s ${to}`,
    `SD-SEQUENCE-${property} ${severity} changed`,
    `SD-SEQUENCE-${property} ${back} changed`,
  ] as const;

export const views: readonly MatrixCase[] = [
  ...made([
    [
      "a view",
      "create table t (a int)",
      "create view v as select a from t",
      "VIEW",
      "major unexpected",
      "critical missing",
    ],
    [
      "a view of a view",
      "create table t (a int)",
      "create view v as select a from t; create view w as select a from v",
      "VIEW",
      "major unexpected",
      "critical missing",
    ],
    [
      "a materialised view with its index",
      "create table t (a int)",
      "create materialized view v as select a from t; create index on v (a)",
      "MATVIEW",
      "major unexpected",
      "critical missing",
    ],
    [
      "an index of a materialised view",
      m,
      "create index i on v (a)",
      "INDEX",
      "major unexpected",
      "major missing",
    ],
  ]),
  ...cases([
    [
      "what a view shows",
      v,
      "create or replace view v as select a from t where a > 0",
      "SD-VIEW-DEFINITION major changed",
      "SD-VIEW-DEFINITION major changed",
    ],
    [
      "the columns of a view",
      v,
      "create or replace view v as select a, b from t",
      "SD-VIEW-DEFINITION major changed",
      "SD-VIEW-DEFINITION major changed",
    ],
    [
      "a view as a barrier",
      v,
      "alter view v set (security_barrier = on)",
      "SD-VIEW-SECURITY major tighter",
      "SD-VIEW-SECURITY critical looser",
    ],
    [
      "what is checked when a view is written",
      v,
      "alter view v set (check_option = local)",
      "SD-VIEW-OPTION major changed",
      "SD-VIEW-OPTION major changed",
    ],
    [
      "the default of a view's column",
      v,
      "alter view v alter a set default 1",
      "SD-VIEW-COLUMN-DEFAULT major changed",
      "SD-VIEW-COLUMN-DEFAULT major changed",
    ],
    [
      "the comment of a view's column",
      v,
      "comment on column v.a is 'x'",
      "SD-VIEW-COLUMN-COMMENT minor changed",
      "SD-VIEW-COLUMN-COMMENT minor changed",
    ],
    [
      "a privilege on a view's column",
      v,
      "grant select (a) on v to drift_app",
      "SD-VIEW-COLUMN-GRANT critical looser",
      "SD-VIEW-COLUMN-GRANT major tighter",
    ],
    [
      "the owner of a view",
      v,
      "alter view v owner to drift_app",
      "SD-VIEW-OWNER critical changed",
      "SD-VIEW-OWNER critical changed",
    ],
    [
      "a privilege on a view",
      v,
      "grant select on v to drift_app",
      "SD-VIEW-GRANT critical looser",
      "SD-VIEW-GRANT major tighter",
    ],
    [
      "the comment of a view",
      v,
      "comment on view v is 'x'",
      "SD-VIEW-COMMENT minor changed",
      "SD-VIEW-COMMENT minor changed",
    ],
    [
      "a trigger of a view",
      `${v}; create function g() returns trigger language plpgsql as 'begin return new; end'; create trigger z instead of insert on v for each row execute function g()`,
      "drop trigger z on v",
      "SD-TRIGGER-MISSING critical missing",
      "SD-TRIGGER-UNEXPECTED major unexpected",
    ],
    [
      "what a materialised view shows",
      m,
      "drop materialized view v; create materialized view v as select a, b from t where a > 0",
      "SD-MATVIEW-DEFINITION major changed",
      "SD-MATVIEW-DEFINITION major changed",
    ],
    [
      "a materialised view that was never filled",
      m,
      "refresh materialized view v with no data",
      "SD-MATVIEW-POPULATED critical changed",
      "SD-MATVIEW-POPULATED critical changed",
    ],
    [
      "a storage parameter of a materialised view",
      m,
      "alter materialized view v set (fillfactor = 70)",
      "SD-MATVIEW-OPTION minor changed",
      "SD-MATVIEW-OPTION minor changed",
    ],
    [
      "the owner of a materialised view",
      `${m}; grant usage on schema @ to drift_app; grant select on t to drift_app`,
      "alter materialized view v owner to drift_app",
      "SD-MATVIEW-OWNER critical changed",
      "SD-MATVIEW-OWNER critical changed",
    ],
    [
      "a privilege on a materialised view",
      m,
      "grant select on v to drift_app",
      "SD-MATVIEW-GRANT critical looser",
      "SD-MATVIEW-GRANT major tighter",
    ],
    [
      "the comment of a materialised view",
      m,
      "comment on materialized view v is 'x'",
      "SD-MATVIEW-COMMENT minor changed",
      "SD-MATVIEW-COMMENT minor changed",
    ],
    [
      "the storage of a materialised view's column",
      m,
      "alter materialized view v alter b set storage external",
      "SD-VIEW-COLUMN-STORAGE minor changed",
      "SD-VIEW-COLUMN-STORAGE minor changed",
    ],
    [
      "the statistics of a materialised view's column",
      m,
      "alter materialized view v alter a set statistics 500",
      "SD-VIEW-COLUMN-STATISTICS minor changed",
      "SD-VIEW-COLUMN-STATISTICS minor changed",
    ],
  ]),
  ...cases(
    [
      [
        "a view with its reader's rights",
        v,
        "alter view v set (security_invoker = on)",
        "SD-VIEW-SECURITY major tighter",
        "SD-VIEW-SECURITY critical looser",
      ],
    ],
    { since: 15 },
  ),
];

export const sequences: readonly MatrixCase[] = [
  ...made([["a sequence", "select 1", s, "SEQUENCE", "major unexpected", "critical missing"]]),
  ...cases([
    altered("the type of a sequence", "as integer", "TYPE", "major"),
    altered("the step of a sequence", "increment 2", "INCREMENT", "major"),
    altered("the start of a sequence", "start 5", "START", "minor"),
    altered("the least value of a sequence", "minvalue 0 start 0", "MINIMUM", "major"),
    altered("the greatest value of a sequence", "maxvalue 100", "MAXIMUM", "major"),
    altered("the cache of a sequence", "cache 10", "CACHE", "minor"),
    altered("a sequence that begins anew", "cycle", "CYCLE", "major"),
    [
      "a sequence that goes with a column",
      `${s}; create table t (a int)`,
      "alter sequence s owned by t.a",
      "SD-SEQUENCE-OWNED-BY major changed",
      "SD-SEQUENCE-OWNED-BY major changed",
    ],
    [
      "the step of an identity's sequence",
      "create table t (a int generated always as identity)",
      "alter table t alter a set increment 2",
      "SD-SEQUENCE-INCREMENT major changed",
      "SD-SEQUENCE-INCREMENT major changed",
    ],
    [
      "the step of a serial's sequence",
      "create table t (a serial)",
      "alter sequence t_a_seq increment 2",
      "SD-SEQUENCE-INCREMENT major changed",
      "SD-SEQUENCE-INCREMENT major changed",
    ],
    [
      "the owner of a sequence",
      s,
      "alter sequence s owner to drift_app",
      "SD-SEQUENCE-OWNER critical changed",
      "SD-SEQUENCE-OWNER critical changed",
    ],
    [
      "a privilege on a sequence",
      s,
      "grant usage on sequence s to drift_app",
      "SD-SEQUENCE-GRANT critical looser",
      "SD-SEQUENCE-GRANT major tighter",
    ],
    [
      "the comment of a sequence",
      s,
      "comment on sequence s is 'x'",
      "SD-SEQUENCE-COMMENT minor changed",
      "SD-SEQUENCE-COMMENT minor changed",
    ],
  ]),
  ...cases(
    [
      [
        "a sequence that a crash resets",
        s,
        "alter sequence s set unlogged",
        "SD-SEQUENCE-UNLOGGED critical changed",
        "SD-SEQUENCE-PERSISTENCE minor changed",
      ],
    ],
    { since: 15 },
  ),
];
