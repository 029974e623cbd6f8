import { critical, major, type PropertyRule, type Rules, sides } from "./rule.ts";
import { access, comment, firing, owned, owner, tablespace } from "./shared-rules.ts";

const locale = critical("Texts sort and compare in another way: indexes and results differ.");
const defaultPrivileges: PropertyRule = (change) =>
  sides(change).extra.length > 0
    ? major("Objects that are made from now on get rights that nobody reviewed.", { direction: "looser" })
    : major("Objects that are made from now on lack rights.", { direction: "tighter" });
const notDefaultRevoke: PropertyRule = (change) =>
  sides(change).gone.length > 0
    ? major("Objects that are made from now on have rights that should be taken away.", {
        direction: "looser",
      })
    : major("Objects that are made from now on lack rights.", { direction: "tighter" });

export const wholeDatabase = {
  database: {
    code: "DATABASE",
    missing: critical("There is no database."),
    unexpected: major("There is a database that should not be."),
    properties: {
      ...owned,
      encoding: critical("Texts are stored in another encoding."),
      "locale-provider": locale,
      collate: locale,
      ctype: critical("Upper and lower case are told apart in another way."),
      locale,
      "icu-rules": locale,
      ...tablespace,
      "connection-limit": major("Logins fail sooner, or later, than they should."),
      ...comment,
    },
  },
  setting: {
    code: "SETTING",
    missing: major("Sessions begin with another setting."),
    unexpected: major("Sessions begin with a setting that nobody reviewed."),
    properties: { value: major("Sessions begin with another setting.") },
  },
  "default privileges": {
    code: "DEFAULT-PRIVILEGES",
    missing: major("Objects that are made from now on lack rights, or have too many."),
    unexpected: major("Objects that are made from now on get rights that nobody reviewed."),
    properties: { grant: defaultPrivileges, revoke: notDefaultRevoke },
  },
  schema: {
    code: "SCHEMA",
    missing: critical("Whatever uses the schema fails."),
    unexpected: major("Somebody made a schema that no migration knows."),
    properties: { ...owned, ...comment },
  },
  extension: {
    code: "EXTENSION",
    missing: critical("Whatever uses the extension fails."),
    unexpected: major("Somebody installed an extension that no migration knows."),
    properties: {
      version: major("The extension has another version, and may behave in another way."),
      schema: critical("The extension's objects are not found where they should be."),
      ...owner,
      ...comment,
    },
  },
  language: {
    code: "LANGUAGE",
    missing: critical("Functions that are written in it fail."),
    unexpected: major("Code can be run in a language that nobody reviewed."),
    properties: {
      ...owned,
      trusted: critical("Who may write functions in it is not the same.", { direction: "looser" }),
      handler: critical("Functions that are written in it run in another way."),
      inline: major("DO blocks that are written in it run in another way."),
      validator: major("Functions that are written in it are checked in another way."),
      ...comment,
    },
  },
  "event trigger": {
    code: "EVENT-TRIGGER",
    missing: critical("What the event trigger guards is no longer guarded."),
    unexpected: major("Something runs on every change of the schema that no migration knows."),
    properties: {
      ...owner,
      event: major("It fires at another time."),
      function: major("It does something else."),
      tag: major("It fires for other commands."),
      enabled: firing("event trigger"),
      ...comment,
    },
  },
  "access method": {
    code: "ACCESS-METHOD",
    missing: critical("Tables or indexes that rely on it cannot be made."),
    unexpected: major("Somebody installed an access method that no migration knows."),
    properties: {
      type: critical("It serves something else."),
      handler: critical("It works in another way."),
      ...comment,
    },
  },
  "preset object": {
    code: "PRESET",
    missing: major("Rights that were changed by hand are as PostgreSQL or an extension made them.", {
      direction: "looser",
    }),
    unexpected: major("Rights of what PostgreSQL or an extension brought were changed by hand.", {
      direction: "looser",
    }),
    properties: access,
  },
  "not modelled": {
    code: "NOT-MODELLED",
    missing: { severity: "info", reason: "Objects of this kind are not compared." },
    unexpected: { severity: "info", reason: "Objects of this kind are not compared." },
    properties: {},
  },
} satisfies Partial<Rules>;
