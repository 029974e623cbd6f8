import { cases, type MatrixCase, made } from "./matrix-case.ts";

const f =
  "create function g() returns trigger language plpgsql as 'begin return new; end'; create table t (a int, b int)";
const trigger = (definition: string) => `${f}; create trigger z ${definition}`;
const row = "before insert on t for each row execute function g()";
const changed = (name: string, from: string, to: string) =>
  [
    name,
    trigger(from),
    `drop trigger z on t; create trigger z ${to}`,
    "SD-TRIGGER-DEFINITION major changed",
    "SD-TRIGGER-DEFINITION major changed",
  ] as const;

export const triggers: readonly MatrixCase[] = [
  ...made([
    ["a trigger", f, `create trigger z ${row}`, "TRIGGER", "major unexpected", "critical missing"],
    [
      "a rule",
      "create table t (a int)",
      "create rule r as on delete to t do instead nothing",
      "RULE",
      "major unexpected",
      "critical missing",
    ],
    [
      "an event trigger",
      "create function g() returns event_trigger language plpgsql as 'begin end'",
      "create event trigger @_e on ddl_command_end execute function g()",
      "EVENT-TRIGGER",
      "major unexpected",
      "critical missing",
    ],
  ]),
  ...cases([
    changed("when a trigger fires", row, row.replace("before", "after")),
    changed("what a trigger fires for", row, row.replace("insert", "insert or update")),
    changed(
      "the columns that a trigger watches",
      row.replace("insert", "update"),
      row.replace("insert", "update of a"),
    ),
    changed(
      "a trigger for statements",
      row.replace("before", "after"),
      row.replace("before", "after").replace("row", "statement"),
    ),
    changed("the condition of a trigger", row, row.replace("execute", "when (new.a > 0) execute")),
    changed("the arguments of a trigger", row, row.replace("g()", "g('x')")),
    changed(
      "what a trigger sees of the rows",
      row.replace("before", "after"),
      row.replace("before", "after").replace("for each", "referencing new table as n for each"),
    ),
    [
      "the function of a trigger",
      `${trigger(row)}; create function h() returns trigger language plpgsql as 'begin return new; end'`,
      `drop trigger z on t; create trigger z ${row.replace("g()", "h()")}`,
      "SD-TRIGGER-DEFINITION major changed",
      "SD-TRIGGER-DEFINITION major changed",
    ],
    [
      "a trigger as a constraint",
      trigger(row.replace("before", "after")),
      `drop trigger z on t; create constraint trigger z ${row.replace("before", "after")}`,
      "SD-TRIGGER-DEFINITION major changed",
      "SD-TRIGGER-DEFINITION major changed",
    ],
    [
      "a constraint trigger that is deferred",
      `${f}; create constraint trigger z after insert on t for each row execute function g()`,
      "drop trigger z on t; create constraint trigger z after insert on t initially deferred for each row execute function g()",
      "SD-TRIGGER-DEFINITION major changed",
      "SD-TRIGGER-DEFINITION major changed",
    ],
    [
      "a disabled trigger",
      trigger(row),
      "alter table t disable trigger z",
      "SD-TRIGGER-DISABLED critical changed",
      "SD-TRIGGER-ENABLED major changed",
    ],
    [
      "a trigger that fires in replicas only",
      trigger(row),
      "alter table t enable replica trigger z",
      "SD-TRIGGER-ENABLED major changed",
      "SD-TRIGGER-ENABLED major changed",
    ],
    [
      "a trigger that fires in replicas too",
      trigger(row),
      "alter table t enable always trigger z",
      "SD-TRIGGER-ENABLED major changed",
      "SD-TRIGGER-ENABLED major changed",
    ],
    [
      "the comment of a trigger",
      trigger(row),
      "comment on trigger z on t is 'x'",
      "SD-TRIGGER-COMMENT minor changed",
      "SD-TRIGGER-COMMENT minor changed",
    ],
    [
      "the definition of a rule",
      "create table t (a int); create rule r as on delete to t do instead nothing",
      "create or replace rule r as on delete to t where old.a > 0 do instead nothing",
      "SD-RULE-DEFINITION major changed",
      "SD-RULE-DEFINITION major changed",
    ],
    [
      "a disabled rule",
      "create table t (a int); create rule r as on delete to t do instead nothing",
      "alter table t disable rule r",
      "SD-RULE-DISABLED critical changed",
      "SD-RULE-ENABLED major changed",
    ],
    [
      "the comment of a rule",
      "create table t (a int); create rule r as on delete to t do instead nothing",
      "comment on rule r on t is 'x'",
      "SD-RULE-COMMENT minor changed",
      "SD-RULE-COMMENT minor changed",
    ],
    [
      "the event of an event trigger",
      "create function g() returns event_trigger language plpgsql as 'begin end'; create event trigger @_e on ddl_command_end execute function g()",
      "drop event trigger @_e; create event trigger @_e on ddl_command_start execute function g()",
      "SD-EVENT-TRIGGER-EVENT major changed",
      "SD-EVENT-TRIGGER-EVENT major changed",
    ],
    [
      "the function of an event trigger",
      "create function g() returns event_trigger language plpgsql as 'begin end'; create function h() returns event_trigger language plpgsql as 'begin end'; create event trigger @_e on ddl_command_end execute function g()",
      "drop event trigger @_e; create event trigger @_e on ddl_command_end execute function h()",
      "SD-EVENT-TRIGGER-FUNCTION major changed",
      "SD-EVENT-TRIGGER-FUNCTION major changed",
    ],
    [
      "the commands of an event trigger",
      "create function g() returns event_trigger language plpgsql as 'begin end'; create event trigger @_e on ddl_command_end execute function g()",
      "drop event trigger @_e; create event trigger @_e on ddl_command_end when tag in ('DROP TABLE') execute function g()",
      "SD-EVENT-TRIGGER-TAG major changed",
      "SD-EVENT-TRIGGER-TAG major changed",
    ],
    [
      "a disabled event trigger",
      "create function g() returns event_trigger language plpgsql as 'begin end'; create event trigger @_e on ddl_command_end execute function g()",
      "alter event trigger @_e disable",
      "SD-EVENT-TRIGGER-DISABLED critical changed",
      "SD-EVENT-TRIGGER-ENABLED major changed",
    ],
    [
      "the comment of an event trigger",
      "create function g() returns event_trigger language plpgsql as 'begin end'; create event trigger @_e on ddl_command_end execute function g()",
      "comment on event trigger @_e is 'x'",
      "SD-EVENT-TRIGGER-COMMENT minor changed",
      "SD-EVENT-TRIGGER-COMMENT minor changed",
    ],
    [
      "the owner of an event trigger",
      "create function g() returns event_trigger language plpgsql as 'begin end'; create event trigger @_e on ddl_command_end execute function g()",
      "alter event trigger @_e owner to drift_super",
      "SD-EVENT-TRIGGER-OWNER critical changed",
      "SD-EVENT-TRIGGER-OWNER critical changed",
    ],
    [
      "a partition's copy of a trigger, disabled",
      `${f.replace("b int)", "b int) partition by list (a)")}; create table t1 partition of t for values in (1); create trigger z after insert on t for each row execute function g()`,
      "alter table t1 disable trigger z",
      "SD-TRIGGER-DISABLED critical changed",
      "SD-TRIGGER-PARTITION-ENABLED major changed",
    ],
  ]),
];

const p =
  "create table t (a int); alter table t enable row level security; create policy y on t to drift_app using (a > 0)";
const policy = (name: string, to: string, finding: string) =>
  [name, p, `drop policy y on t; create policy y on t ${to}`, finding, finding] as const;

export const policies: readonly MatrixCase[] = [
  ...made([
    [
      "a policy",
      "create table t (a int); alter table t enable row level security",
      "create policy y on t using (true)",
      "POLICY",
      "critical looser",
      "critical missing",
    ],
    [
      "a restrictive policy",
      "create table t (a int); alter table t enable row level security",
      "create policy y on t as restrictive using (true)",
      "POLICY",
      "major tighter",
      "critical missing",
    ],
  ]),
  ...cases([
    policy(
      "a policy that restricts",
      "as restrictive to drift_app using (a > 0)",
      "SD-POLICY-RESTRICTIVE critical changed",
    ),
    policy(
      "the command of a policy",
      "for select to drift_app using (a > 0)",
      "SD-POLICY-COMMAND critical changed",
    ),
    policy("the roles of a policy", "to drift_reader using (a > 0)", "SD-POLICY-ROLE critical changed"),
    policy(
      "one role more in a policy",
      "to drift_app, drift_reader using (a > 0)",
      "SD-POLICY-ROLE critical changed",
    ),
    policy("a policy for everybody", "using (a > 0)", "SD-POLICY-ROLE critical changed"),
    policy("the rows of a policy", "to drift_app using (a > 1)", "SD-POLICY-USING critical changed"),
    policy(
      "what a policy lets in",
      "to drift_app using (a > 0) with check (a > 5)",
      "SD-POLICY-CHECK critical changed",
    ),
    [
      "the comment of a policy",
      p,
      "comment on policy y on t is 'x'",
      "SD-POLICY-COMMENT minor changed",
      "SD-POLICY-COMMENT minor changed",
    ],
  ]),
];

const s = "create table t (a int, b int, c int); create statistics s (ndistinct) on a, b from t";

export const statistics: readonly MatrixCase[] = [
  ...made([
    [
      "extended statistics",
      "create table t (a int, b int)",
      "create statistics s on a, b from t",
      "STATISTICS",
      "minor unexpected",
      "minor missing",
    ],
  ]),
  ...cases([
    [
      "the kinds of extended statistics",
      s,
      "drop statistics s; create statistics s (ndistinct, mcv) on a, b from t",
      "SD-STATISTICS-DEFINITION minor changed",
      "SD-STATISTICS-DEFINITION minor changed",
    ],
    [
      "the columns of extended statistics",
      s,
      "drop statistics s; create statistics s (ndistinct) on a, c from t",
      "SD-STATISTICS-DEFINITION minor changed",
      "SD-STATISTICS-DEFINITION minor changed",
    ],
    [
      "the target of extended statistics",
      s,
      "alter statistics s set statistics 500",
      "SD-STATISTICS-TARGET minor changed",
      "SD-STATISTICS-TARGET minor changed",
    ],
    [
      "the owner of extended statistics",
      s,
      "alter statistics s owner to drift_app",
      "SD-STATISTICS-OWNER critical changed",
      "SD-STATISTICS-OWNER critical changed",
    ],
    [
      "the comment of extended statistics",
      s,
      "comment on statistics s is 'x'",
      "SD-STATISTICS-COMMENT minor changed",
      "SD-STATISTICS-COMMENT minor changed",
    ],
  ]),
];
