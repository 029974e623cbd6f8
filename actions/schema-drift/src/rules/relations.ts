import {
  critical,
  first,
  type Grade,
  type KindRules,
  major,
  minor,
  type PropertyRule,
  type Rules,
  sides,
} from "./rule.ts";
import { access, comment, firing, owned, replicaIdentity, storage } from "./shared-rules.ts";
import { typeChange } from "./type-change.ts";

const isOn = (values: readonly string[]): boolean => first(values) !== undefined && first(values) !== "off";

const rowSecurity: PropertyRule = ({ actual }) =>
  isOn(actual)
    ? major("Row security is on though it should be off: roles may see no rows at all.", {
        direction: "tighter",
      })
    : critical("Row security is off: every role with SELECT sees every row.", { direction: "looser" });

const forceRowSecurity: PropertyRule = ({ actual }) =>
  isOn(actual)
    ? major("Row security holds for the owner too, who may see no rows.", { direction: "tighter" })
    : critical("Row security does not hold for the owner, as whom applications often log in.", {
        direction: "looser",
      });

const GUARDS = /^security_(?:invoker|barrier)=(?:true|on|1|yes)/i;

/** `security_invoker` and `security_barrier` are what keeps a view from showing more than it should. */
const viewOption: PropertyRule = (change) => {
  const { gone, extra } = sides(change);
  if (gone.some((value) => GUARDS.test(value)))
    return critical("The view shows rows that its reader may not see.", {
      direction: "looser",
      code: "SECURITY",
    });
  if (extra.some((value) => GUARDS.test(value)))
    return major("The view hides rows that it should show.", { direction: "tighter", code: "SECURITY" });
  return major("The view checks what is written through it in another way.");
};

const columnMissing = critical("Whatever names the column fails.");
const columnUnexpected: KindRules["unexpected"] = ({ actual }) => {
  const filled = ["default", "generated", "identity"].some((property) => actual?.has(property) === true);
  return actual?.get("not-null")?.[0] !== undefined && !filled
    ? critical("The column must have a value and has no default: inserts that do not know it fail.")
    : major("Somebody added a column that no migration knows.");
};

const notNull: PropertyRule = ({ actual }, { actual: now }) => {
  if (actual.length === 0) return major("Rows without a value get in.");
  const filled = ["default", "generated", "identity"].some((property) => now?.has(property) === true);
  return filled ? major("Writes of NULL fail.") : critical("Writes without a value fail.");
};

const columnDefault: PropertyRule = ({ expected, actual }, { actual: now }) => {
  if (actual.length > 0) return major("Rows that are written without a value get another one.");
  if (/\bnextval\(/.test(first(expected) ?? "") || now?.has("not-null") === true)
    return critical("The default is lost: inserts that rely on it fail.");
  return major("The default is lost: rows are written without a value.");
};

const lostOr =
  (lost: Grade, otherwise: Grade): PropertyRule =>
  ({ actual }) =>
    actual.length === 0 ? lost : otherwise;

const policyUnexpected: KindRules["unexpected"] = ({ actual }) =>
  actual?.has("restrictive") === true
    ? major("The policy hides rows that should be seen.", { direction: "tighter" })
    : critical("The policy shows rows that should be hidden.", { direction: "looser" });

const partition = critical("Rows go elsewhere, or nowhere: writes that have no partition fail.");

export const relations = {
  table: {
    code: "TABLE",
    missing: critical("Whatever reads or writes the table fails."),
    unexpected: major("Somebody made a table that no migration knows."),
    properties: {
      ...owned,
      ...storage,
      "of-type": major("The table no longer follows the same type."),
      inherits: critical("Queries on the parent see other rows."),
      "partition-key": critical("The table is partitioned in another way."),
      "partition-of": critical(
        "The partition belongs to another table, or to none: its rows are not seen there.",
      ),
      "partition-bound": partition,
      "detach-pending": critical("The partition is half detached: its rows are no longer seen."),
      "replica-identity": replicaIdentity,
      "row-security": rowSecurity,
      "force-row-security": forceRowSecurity,
      columns: minor("Columns in another order matter only to SELECT * and to INSERT without a list.", {
        code: "COLUMN-ORDER",
      }),
      ...comment,
    },
  },
  column: {
    code: "COLUMN",
    missing: columnMissing,
    unexpected: columnUnexpected,
    properties: {
      type: typeChange,
      collation: critical("Texts sort and compare in another way: indexes and results differ."),
      "not-null": notNull,
      "not-null-name": minor("The constraint has another name."),
      "not-null-valid": major("Old rows were never checked, or need not have been."),
      "not-null-no-inherit": major("The constraint reaches other children."),
      default: columnDefault,
      generated: critical("The column is computed in another way, or not at all."),
      "generated-kind": major("The value is computed at another time."),
      identity: lostOr(
        critical("The identity is lost: inserts that rely on it fail."),
        critical("The identity takes or refuses values of the client in another way."),
      ),
      storage: minor("How the value is stored changes how fast it is, not what it does."),
      compression: minor("How the value is compressed changes how fast it is, not what it does."),
      statistics: minor("The planner knows more or less of the column."),
      option: minor("The planner is told something else of the column."),
      "fdw-option": major("The column stands for another one of the foreign table."),
      ...access,
      ...comment,
    },
  },
  "view column": {
    code: "VIEW-COLUMN",
    missing: critical("Whatever names the column fails."),
    unexpected: major("Somebody added a column that no migration knows."),
    properties: {
      default: major("Rows that are written through the view without a value get another one."),
      storage: minor("How the value is stored changes how fast it is, not what it does."),
      compression: minor("How the value is compressed changes how fast it is, not what it does."),
      statistics: minor("The planner knows more or less of the column."),
      option: minor("The planner is told something else of the column."),
      ...access,
      ...comment,
    },
  },
  trigger: {
    code: "TRIGGER",
    missing: critical("What the trigger keeps true is no longer kept."),
    unexpected: major("Something runs on every write that no migration knows."),
    properties: {
      definition: major("The trigger does something else, or at another time."),
      enabled: firing("trigger"),
      "partition-enabled": (change) =>
        sides(change).extra.some((value) => value.endsWith(": no"))
          ? critical("In a partition the trigger is disabled: it is there and does nothing.", {
              code: "DISABLED",
            })
          : major("In a partition the trigger fires under other circumstances."),
      ...comment,
    },
  },
  rule: {
    code: "RULE",
    missing: critical("What the rule rewrites is carried out as it is written."),
    unexpected: major("Statements are rewritten into others that no migration knows."),
    properties: {
      definition: major("Statements are rewritten into others."),
      enabled: firing("rule"),
      ...comment,
    },
  },
  policy: {
    code: "POLICY",
    missing: ({ expected }) =>
      expected?.has("restrictive") === true
        ? critical("A restrictive policy is missing: rows are seen that should be hidden.")
        : critical("The policy is missing: rows cannot be seen or written that should be."),
    unexpected: policyUnexpected,
    properties: {
      restrictive: critical("The policy widens where it should narrow, or the reverse."),
      command: critical("The policy holds for other commands."),
      role: critical("The policy holds for other roles."),
      using: critical("The policy lets other rows be seen."),
      check: critical("The policy lets other rows be written."),
      ...comment,
    },
  },
  view: {
    code: "VIEW",
    missing: critical("Whatever reads the view fails."),
    unexpected: major("Somebody made a view that no migration knows."),
    properties: {
      ...owned,
      definition: major("The view shows something else."),
      option: viewOption,
      ...comment,
    },
  },
  "materialized view": {
    code: "MATVIEW",
    missing: critical("Whatever reads the materialized view fails."),
    unexpected: major("Somebody made a materialized view that no migration knows."),
    properties: {
      ...owned,
      ...storage,
      definition: major("The materialized view shows something else."),
      populated: critical("The materialized view was never filled: reading it fails."),
      "replica-identity": replicaIdentity,
      ...comment,
    },
  },
  sequence: {
    code: "SEQUENCE",
    missing: critical("Whatever draws numbers from the sequence fails."),
    unexpected: major("Somebody made a sequence that no migration knows."),
    properties: {
      ...owned,
      persistence: ({ actual }) =>
        first(actual) === "unlogged"
          ? critical("After a crash the sequence begins anew, and draws numbers that are taken.", {
              code: "UNLOGGED",
            })
          : minor("It survives a crash though it need not."),
      type: major("The sequence runs out sooner or later than it should."),
      start: minor("Only a restart begins there."),
      increment: major("The sequence draws other numbers."),
      minimum: major("The sequence draws other numbers."),
      maximum: major("The sequence runs out sooner or later than it should."),
      cache: minor("More or fewer numbers are skipped."),
      cycle: major("At its end the sequence begins anew, or fails, as it should not."),
      "owned-by": major("The sequence goes, or stays, when another column is dropped."),
      identity: critical("The sequence no longer fills the same identity column."),
      ...comment,
    },
  },
  "foreign table": {
    code: "FOREIGN-TABLE",
    missing: critical("Whatever reads or writes the foreign table fails."),
    unexpected: major("Somebody made a foreign table that no migration knows."),
    properties: {
      ...owned,
      server: critical("The rows come from another server."),
      option: major("The foreign table stands for something else."),
      inherits: critical("Queries on the parent see other rows."),
      columns: minor("Columns in another order matter only to SELECT * and to INSERT without a list.", {
        code: "COLUMN-ORDER",
      }),
      ...comment,
    },
  },
} satisfies Partial<Rules>;
