import { critical, major, minor, type PropertyRule, type Rules, sides } from "./rule.ts";
import { comment, owned, owner } from "./shared-rules.ts";
import { typeChange } from "./type-change.ts";

const label: PropertyRule = (change) => {
  const { gone, extra } = sides(change);
  if (gone.length > 0)
    return critical("A value is missing from the type: writing it fails.", { code: "LABEL-MISSING" });
  if (extra.length > 0)
    return major("The type has a value that the application does not know.", { code: "LABEL-UNEXPECTED" });
  return major("The values sort in another order.", { code: "LABEL-ORDER" });
};

const missing = critical("Whatever uses the type fails.");
const unexpected = major("Somebody made a type that no migration knows.");
const another = major("The type behaves in another way.");
const works = critical("Values of the type are read, written or stored in another way.");

export const types = {
  enum: { code: "ENUM", missing, unexpected, properties: { ...owned, label, ...comment } },
  domain: {
    code: "DOMAIN",
    missing,
    unexpected,
    properties: {
      ...owned,
      type: typeChange,
      collation: critical("Texts sort and compare in another way: indexes and results differ."),
      "not-null": ({ actual }) =>
        actual.length === 0
          ? major("Rows without a value get in.")
          : critical("Writes without a value fail."),
      "not-null-name": minor("The constraint has another name."),
      default: major("Rows that are written without a value get another one."),
      ...comment,
    },
  },
  "domain constraint": {
    code: "DOMAIN-CHECK",
    missing: critical("Values get in that the application takes for impossible."),
    unexpected: major("Writes fail that should succeed."),
    properties: {
      expression: major("Other values get in."),
      valid: major(
        "The constraint was never checked for the values that were there before, or need not have been.",
        {
          code: "NOT-VALID",
        },
      ),
      ...comment,
    },
  },
  "composite type": {
    code: "COMPOSITE",
    missing,
    unexpected,
    properties: { ...owned, attributes: major("ROW values without names mean something else."), ...comment },
  },
  attribute: {
    code: "ATTRIBUTE",
    missing: critical("Whatever names the attribute fails."),
    unexpected: major("Somebody added an attribute that no migration knows."),
    properties: {
      type: typeChange,
      collation: critical("Texts sort and compare in another way."),
      ...comment,
    },
  },
  range: {
    code: "RANGE",
    missing,
    unexpected,
    properties: {
      ...owned,
      subtype: works,
      "operator-class": works,
      collation: works,
      canonical: works,
      difference: minor("The planner knows more or less of the range."),
      multirange: major("The type of several ranges has another name."),
      ...comment,
    },
  },
  "base type": {
    code: "TYPE",
    missing,
    unexpected,
    properties: {
      ...owned,
      shell: works,
      input: works,
      output: works,
      receive: works,
      send: works,
      "modifier-input": works,
      "modifier-output": works,
      analyze: minor("The planner knows more or less of the type."),
      subscript: another,
      length: works,
      "by-value": works,
      alignment: works,
      storage: minor("How values are stored changes how fast it is, not what it does."),
      category: another,
      preferred: another,
      default: another,
      element: another,
      delimiter: another,
      collatable: another,
      ...comment,
    },
  },
  collation: {
    code: "COLLATION",
    missing: critical("Whatever sorts by the collation fails."),
    unexpected: major("Somebody made a collation that no migration knows."),
    properties: {
      ...owner,
      provider: critical("Texts sort and compare in another way: indexes and results differ."),
      deterministic: critical("Texts that look the same are equal, or no longer are."),
      collate: critical("Texts sort and compare in another way: indexes and results differ."),
      ctype: critical("Upper and lower case are told apart in another way."),
      locale: critical("Texts sort and compare in another way: indexes and results differ."),
      rules: critical("Texts sort and compare in another way: indexes and results differ."),
      encoding: major("The collation serves another encoding."),
      ...comment,
    },
  },
  cast: {
    code: "CAST",
    missing: critical("Queries that convert these types fail."),
    unexpected: major("Values are converted where they should not be."),
    properties: {
      method: critical("Values are converted into others."),
      function: critical("Values are converted into others."),
      context: major("Values are converted where they should not be, or no longer where they should."),
      ...comment,
    },
  },
  operator: {
    code: "OPERATOR",
    missing: critical("Queries that use the operator fail."),
    unexpected: major("Somebody made an operator that no migration knows."),
    properties: {
      ...owner,
      function: major("The operator computes something else."),
      result: critical("The operator returns another type."),
      commutator: minor("The planner rewrites with it in another way."),
      negator: major("The planner rewrites with it in another way, and may get other results."),
      restrict: minor("The planner expects another number of rows."),
      join: minor("The planner expects another number of rows."),
      hashes: major("Joins with it run, or fail, in another way."),
      merges: major("Joins with it run, or fail, in another way."),
      ...comment,
    },
  },
  "operator family": {
    code: "OPERATOR-FAMILY",
    missing: critical("Indexes that rely on it cannot be made."),
    unexpected: major("Somebody made an operator family that no migration knows."),
    properties: {
      ...owner,
      operator: critical("Indexes that rely on it give other results."),
      support: critical("Indexes that rely on it give other results."),
      ...comment,
    },
  },
  "operator class": {
    code: "OPERATOR-CLASS",
    missing: critical("Indexes that rely on it cannot be made."),
    unexpected: major("Somebody made an operator class that no migration knows."),
    properties: {
      ...owner,
      type: critical("Indexes that rely on it give other results."),
      family: critical("Indexes that rely on it give other results."),
      default: major("New indexes get another operator class."),
      "key-type": critical("Indexes that rely on it store something else."),
      operator: critical("Indexes that rely on it give other results."),
      support: critical("Indexes that rely on it give other results."),
      ...comment,
    },
  },
} satisfies Partial<Rules>;
