import type { Change } from "../../../../shared/postgres/catalog/difference.ts";
import { critical, first, major, minor, type PropertyRule, type Rules } from "./rule.ts";
import { comment, deferral, storageOption, tablespace, unenforced } from "./shared-rules.ts";

/** What the index of a unique constraint says. */
const backed = {
  include: minor("The index covers other queries."),
  ...deferral,
  unenforced,
  valid: ({ actual }: Change) =>
    first(actual) === "no"
      ? critical("The index of the constraint is invalid: uniqueness is not guaranteed.", { code: "INVALID" })
      : major("The index of the constraint is valid though it should not be."),
  option: storageOption,
  ...tablespace,
  clustered: minor("CLUSTER would sort the table in another way."),
  "index-comment": minor("A comment changes nothing that runs."),
};

const valid: PropertyRule = ({ actual }) =>
  first(actual) === "no"
    ? major("The constraint was never checked for the rows that were there before.", { code: "NOT-VALID" })
    : major("The constraint was checked for all rows though it should not have been.");

const enforced: PropertyRule = ({ actual }) =>
  first(actual) === "no"
    ? critical("The constraint is there and is not enforced: wrong rows get in.", { code: "UNENFORCED" })
    : major("The constraint is enforced though it should not be.");

const addedCheck = major("Writes fail that should succeed.");

export const constraints = {
  "primary key": {
    code: "PK",
    missing: critical("Rows may stand twice, and nothing identifies them."),
    unexpected: major("Writes fail that should succeed."),
    properties: { columns: critical("Other columns identify the rows."), ...backed, ...comment },
  },
  "unique constraint": {
    code: "UNIQUE",
    missing: critical("Values may stand twice that must be unique."),
    unexpected: addedCheck,
    properties: {
      columns: critical("Other columns are unique."),
      "nulls-not-distinct": critical("NULL counts as a value, or no longer does."),
      ...backed,
      ...comment,
    },
  },
  "exclusion constraint": {
    code: "EXCLUSION",
    missing: critical("Rows may overlap that must not."),
    unexpected: addedCheck,
    properties: {
      method: minor("The index works in another way."),
      columns: critical("Other rows exclude each other."),
      predicate: critical("The constraint holds for other rows."),
      ...backed,
      ...comment,
    },
  },
  "check constraint": {
    code: "CHECK",
    missing: critical("Rows get in that the application takes for impossible."),
    unexpected: addedCheck,
    properties: {
      expression: major("Other rows get in."),
      "no-inherit": major("The constraint holds for other children."),
      valid,
      enforced,
      ...comment,
    },
  },
  "foreign key": {
    code: "FK",
    missing: critical("Rows may point to nothing."),
    unexpected: addedCheck,
    properties: {
      columns: critical("Other columns are the reference."),
      references: critical("The reference goes elsewhere."),
      match: critical("References that are NULL in part are checked in another way."),
      "on-update": critical("What happens to rows when the key they point to changes is not the same."),
      "on-delete": critical("What happens to rows when the row they point to is deleted is not the same."),
      ...deferral,
      valid,
      enforced,
      unenforced,
      ...comment,
    },
  },
  index: {
    code: "INDEX",
    missing: ({ expected }) =>
      expected?.has("unique") === true
        ? critical("Values may stand twice that must be unique.")
        : major("Queries that rely on the index are slow."),
    unexpected: ({ actual }) =>
      actual?.has("unique") === true
        ? major("Writes fail that should succeed.")
        : major("Somebody made an index that no migration knows; every write pays for it."),
    properties: {
      on: major("The index belongs to another table."),
      "partition-of": major("The index does not belong to the same index of the parent."),
      unique: ({ actual }) =>
        actual.length === 0
          ? critical("The index is not unique: values may stand twice.")
          : major("The index is unique: writes fail that should succeed."),
      method: major("Other queries can use the index."),
      columns: major("Other queries can use the index."),
      include: minor("The index covers other queries."),
      "nulls-not-distinct": critical("NULL counts as a value, or no longer does."),
      predicate: major("The index holds other rows."),
      valid: ({ actual }, { actual: now }) =>
        first(actual) !== "no"
          ? major("The index is valid though it should not be.")
          : now?.has("unique") === true
            ? critical("The index is invalid: uniqueness is not guaranteed, and no query uses it.", {
                code: "INVALID",
              })
            : major("The index is invalid: every write pays for it, and no query uses it.", {
                code: "INVALID",
              }),
      option: storageOption,
      ...tablespace,
      clustered: minor("CLUSTER would sort the table in another way."),
      statistics: minor("The planner knows more or less of the index."),
      ...comment,
    },
  },
} satisfies Partial<Rules>;
