import { critical, first, major, minor, type Rules } from "./rule.ts";
import { comment, owned, owner } from "./shared-rules.ts";

const replicated = critical("Changes of the table no longer reach the subscribers.");
const search = critical("Searches find something else.");
const searchMissing = critical("Searches that rely on it fail.");
const searchUnexpected = major("Somebody made it for text search, and no migration knows it.");

/** What connects to the world outside: replication, foreign data, text search and encodings. */
export const exchange = {
  publication: {
    code: "PUBLICATION",
    missing: critical("Subscribers get no changes any more."),
    unexpected: major("Changes are published that nobody reviewed."),
    properties: {
      ...owner,
      "all-tables": critical("Other tables are published."),
      operation: critical("Other changes are published."),
      "via-root": major("Changes of partitions are published under another name."),
      "generated-columns": major("Generated columns are published, or no longer are."),
      ...comment,
    },
  },
  "publication table": {
    code: "PUBLICATION-TABLE",
    missing: replicated,
    unexpected: major("The table is published though nobody reviewed it."),
    properties: {
      filter: critical("Other rows are published."),
      columns: critical("Other columns are published."),
      publication: replicated,
    },
  },
  "publication schema": {
    code: "PUBLICATION-SCHEMA",
    missing: replicated,
    unexpected: major("A whole schema is published though nobody reviewed it."),
    properties: { publication: replicated },
  },
  subscription: {
    code: "SUBSCRIPTION",
    missing: critical("No changes come in any more."),
    unexpected: major("Changes come in that nobody reviewed."),
    properties: {
      ...owner,
      connection: critical("Changes come from another server."),
      enabled: ({ actual }) =>
        first(actual) === "no"
          ? critical("The subscription is disabled: no changes come in.", { code: "DISABLED" })
          : major("The subscription is enabled though it should not be."),
      publication: critical("Other changes come in."),
      slot: critical("The subscription reads from another slot."),
      "synchronous-commit": major("Changes are safe sooner, or later, than they should be."),
      binary: minor("Changes come in another form."),
      streaming: minor("Large transactions come in another way."),
      "two-phase": major("Prepared transactions come in another way."),
      "disable-on-error": major("What an error does to the subscription is not the same."),
      "password-required": critical("Who may let the server log in elsewhere is not the same.", {
        direction: "looser",
      }),
      "run-as-owner": critical("Changes are applied with other rights.", { direction: "looser" }),
      origin: major("Changes come in from other origins."),
      failover: major("The slot survives a failover, or no longer does."),
      ...comment,
    },
  },
  "foreign-data wrapper": {
    code: "FDW",
    missing: critical("Foreign tables that rely on it fail."),
    unexpected: major("Somebody opened a way to other servers that no migration knows."),
    properties: {
      ...owned,
      handler: critical("Foreign tables that rely on it work in another way."),
      validator: minor("Options are checked in another way."),
      option: major("Foreign tables that rely on it work in another way."),
      ...comment,
    },
  },
  server: {
    code: "SERVER",
    missing: critical("Foreign tables that rely on it fail."),
    unexpected: major("Somebody opened a way to another server that no migration knows."),
    properties: {
      ...owned,
      wrapper: critical("The server is reached in another way."),
      type: minor("The server is described in another way."),
      version: minor("The server is described in another way."),
      option: critical("Foreign tables reach another server."),
      ...comment,
    },
  },
  "user mapping": {
    code: "USER-MAPPING",
    missing: critical("The role can no longer log in at the foreign server."),
    unexpected: critical("The role can log in at the foreign server, and nobody reviewed it.", {
      direction: "looser",
    }),
    properties: {
      server: critical("The role logs in elsewhere."),
      option: critical("The role logs in at the foreign server as somebody else."),
    },
  },
  "text search parser": {
    code: "TS-PARSER",
    missing: searchMissing,
    unexpected: searchUnexpected,
    properties: { start: search, token: search, end: search, headline: search, types: search, ...comment },
  },
  "text search template": {
    code: "TS-TEMPLATE",
    missing: searchMissing,
    unexpected: searchUnexpected,
    properties: { init: search, lexize: search, ...comment },
  },
  "text search dictionary": {
    code: "TS-DICTIONARY",
    missing: searchMissing,
    unexpected: searchUnexpected,
    properties: { ...owner, template: search, option: major("Searches find something else."), ...comment },
  },
  "text search configuration": {
    code: "TS-CONFIGURATION",
    missing: searchMissing,
    unexpected: searchUnexpected,
    properties: { ...owner, parser: search, mapping: major("Searches find something else."), ...comment },
  },
  statistics: {
    code: "STATISTICS",
    missing: minor("The planner knows less of the table."),
    unexpected: minor("The planner knows more of the table than any migration says."),
    properties: {
      ...owner,
      on: minor("The planner knows of another table."),
      definition: minor("The planner knows something else of the table."),
      target: minor("The planner knows more or less of the table."),
      ...comment,
    },
  },
  conversion: {
    code: "CONVERSION",
    missing: critical("Clients with that encoding fail."),
    unexpected: major("Somebody made a conversion that no migration knows."),
    properties: {
      ...owner,
      from: critical("Texts are converted into others."),
      to: critical("Texts are converted into others."),
      function: critical("Texts are converted into others."),
      default: major("Clients get another conversion."),
      ...comment,
    },
  },
  transform: {
    code: "TRANSFORM",
    missing: critical("Functions that rely on it get other values."),
    unexpected: major("Functions may get other values."),
    properties: {
      "from-sql": major("Functions get other values."),
      "to-sql": major("Functions return other values."),
      ...comment,
    },
  },
} satisfies Partial<Rules>;
