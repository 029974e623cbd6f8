import type { KindModel, PropertyModel } from "./model.ts";

const text: PropertyModel = { is: "text" };
const expression: PropertyModel = { is: "expression" };
const set: PropertyModel = { is: "set" };
const list: PropertyModel = { is: "list" };
const derived: PropertyModel = { is: "derived" };
const absent = (word: string): PropertyModel => ({ is: "text", absent: word });
const no = absent("no");
const none = absent("none");

const comment = { comment: none };
const owner = { owner: text };
/**
 * Privileges as they differ from those that PostgreSQL gives an object of this kind by itself: `grant` has what is
 * granted beyond them, `revoke` what is missing of them. Values read `role PRIVILEGE`, with `*` for the grant option;
 * `<owner>` is whoever owns the object.
 */
const access = { grant: set, revoke: set };
const owned = { ...owner, ...access };

const relations = ["table", "view", "materialized view", "foreign table"];
const storage = {
  persistence: absent("logged"),
  "access-method": absent("heap"),
  tablespace: absent("that of the database"),
  option: set,
};
const onTable = { kinds: relations, by: "name" } as const;
const backed = {
  include: set,
  deferrable: no,
  "initially-deferred": no,
  /** Internal triggers that do not fire: the constraint is there and is not kept. */
  unenforced: set,
  /** Of the index that belongs to it. */
  valid: absent("yes"),
  option: set,
  tablespace: absent("that of the database"),
  clustered: no,
  "index-comment": none,
};

/**
 * Every kind of object that is modelled, and its properties. Whatever is said of a property elsewhere (severity, code,
 * repair) is said in its name.
 */
export const KINDS = {
  database: {
    properties: {
      ...owned,
      encoding: text,
      "locale-provider": absent("libc"),
      collate: text,
      ctype: text,
      locale: none,
      "icu-rules": { ...none, since: 16 },
      tablespace: absent("pg_default"),
      "connection-limit": none,
      ...comment,
    },
  },
  setting: { properties: { value: text } },
  "default privileges": { properties: access },
  schema: { properties: { ...owned, ...comment } },
  extension: { properties: { version: text, schema: text, ...owner, ...comment } },
  language: {
    properties: {
      ...owned,
      trusted: no,
      handler: none,
      inline: none,
      validator: none,
      ...comment,
    },
  },
  table: {
    properties: {
      ...owned,
      ...storage,
      "of-type": none,
      inherits: list,
      "partition-key": { ...expression, absent: "not partitioned" },
      "partition-of": { ...none },
      "partition-bound": { ...expression, absent: "no partition" },
      "detach-pending": no,
      "replica-identity": absent("default"),
      "row-security": absent("off"),
      "force-row-security": absent("off"),
      columns: { is: "order" },
      ...comment,
    },
  },
  column: {
    properties: {
      type: text,
      collation: absent("that of the type"),
      "not-null": no,
      "not-null-name": { is: "text", since: 18 },
      "not-null-valid": { is: "text", absent: "yes", since: 18 },
      "not-null-no-inherit": { is: "text", absent: "no", since: 18 },
      default: { ...expression, absent: "none" },
      generated: { ...expression, absent: "no" },
      "generated-kind": absent("not generated"),
      identity: none,
      storage: absent("that of the type"),
      compression: absent("default"),
      statistics: absent("default"),
      option: set,
      "fdw-option": set,
      grant: set,
      ...comment,
    },
    partOf: onTable,
  },
  /** Of a view or a materialised view; the rest of it follows from the definition. */
  "view column": {
    properties: {
      default: { ...expression, absent: "none" },
      storage: absent("that of the type"),
      compression: absent("default"),
      statistics: absent("default"),
      option: set,
      grant: set,
      ...comment,
    },
    partOf: onTable,
    sparse: true,
  },
  "primary key": { properties: { columns: text, ...backed, ...comment }, partOf: onTable },
  "unique constraint": {
    properties: { columns: text, "nulls-not-distinct": { ...no, since: 15 }, ...backed, ...comment },
    partOf: onTable,
  },
  "exclusion constraint": {
    properties: {
      method: text,
      columns: expression,
      predicate: { ...expression, absent: "none" },
      ...backed,
      ...comment,
    },
    partOf: onTable,
  },
  "check constraint": {
    properties: {
      expression,
      "no-inherit": no,
      valid: absent("yes"),
      enforced: { ...absent("yes"), since: 18 },
      ...comment,
    },
    partOf: onTable,
  },
  "foreign key": {
    properties: {
      columns: text,
      references: text,
      match: absent("simple"),
      "on-update": absent("no action"),
      "on-delete": absent("no action"),
      deferrable: no,
      "initially-deferred": no,
      valid: absent("yes"),
      enforced: { ...absent("yes"), since: 18 },
      unenforced: set,
      ...comment,
    },
    partOf: onTable,
  },
  index: {
    properties: {
      on: text,
      "partition-of": none,
      unique: no,
      method: text,
      columns: expression,
      include: set,
      "nulls-not-distinct": { ...no, since: 15 },
      predicate: { ...expression, absent: "none" },
      valid: absent("yes"),
      option: set,
      tablespace: absent("that of the database"),
      clustered: no,
      statistics: set,
      ...comment,
    },
    partOf: { kinds: relations, by: "on" },
  },
  trigger: {
    properties: {
      definition: expression,
      enabled: absent("yes"),
      /** Partitions whose copy of the trigger is switched in another way, each with how it is. */
      "partition-enabled": set,
      ...comment,
    },
    partOf: onTable,
  },
  rule: {
    properties: { definition: expression, enabled: absent("yes"), ...comment },
    partOf: onTable,
  },
  policy: {
    properties: {
      restrictive: absent("no, permissive"),
      command: absent("all"),
      role: { is: "set", absent: "PUBLIC" },
      using: { ...expression, absent: "none" },
      check: { ...expression, absent: "none" },
      ...comment,
    },
    partOf: onTable,
  },
  sequence: {
    properties: {
      ...owned,
      persistence: absent("logged"),
      type: absent("bigint"),
      start: absent("that of the type"),
      increment: absent("1"),
      minimum: absent("that of the type"),
      maximum: absent("that of the type"),
      cache: absent("1"),
      cycle: no,
      "owned-by": none,
      identity: derived,
      ...comment,
    },
    partOf: { kinds: ["column"], by: "owned-by" },
  },
  view: { properties: { ...owned, definition: expression, option: set, columns: derived, ...comment } },
  "materialized view": {
    properties: {
      ...owned,
      ...storage,
      definition: expression,
      populated: absent("yes"),
      "replica-identity": absent("default"),
      columns: derived,
      ...comment,
    },
  },
  function: {
    properties: {
      ...owned,
      arguments: expression,
      result: text,
      window: no,
      language: text,
      volatility: absent("volatile"),
      strict: no,
      "security-definer": no,
      leakproof: no,
      parallel: absent("unsafe"),
      cost: absent("that of the language"),
      rows: absent("1000"),
      support: none,
      transform: set,
      setting: set,
      library: none,
      body: text,
      "sql-body": expression,
      ...comment,
    },
  },
  procedure: {
    properties: {
      ...owned,
      arguments: expression,
      language: text,
      "security-definer": no,
      transform: set,
      setting: set,
      library: none,
      body: text,
      "sql-body": expression,
      ...comment,
    },
  },
  aggregate: {
    properties: {
      ...owned,
      arguments: expression,
      result: text,
      "aggregate-kind": absent("normal"),
      parallel: absent("unsafe"),
      "transition-function": text,
      "transition-type": text,
      "transition-space": none,
      "initial-value": none,
      "final-function": none,
      "final-extra": no,
      "final-modify": absent("that of the kind"),
      "combine-function": none,
      "serial-function": none,
      "deserial-function": none,
      "moving-transition-function": none,
      "moving-inverse-function": none,
      "moving-transition-type": none,
      "moving-transition-space": none,
      "moving-initial-value": none,
      "moving-final-function": none,
      "moving-final-extra": no,
      "moving-final-modify": absent("that of the kind"),
      "sort-operator": none,
      ...comment,
    },
  },
  enum: { properties: { ...owned, label: list, ...comment } },
  domain: {
    properties: {
      ...owned,
      type: text,
      collation: absent("that of the type"),
      "not-null": no,
      "not-null-name": { is: "text", since: 18 },
      default: { ...expression, absent: "none" },
      ...comment,
    },
  },
  "domain constraint": {
    properties: { expression, valid: absent("yes"), ...comment },
    partOf: { kinds: ["domain"], by: "name" },
  },
  "composite type": { properties: { ...owned, attributes: { is: "order" }, ...comment } },
  attribute: {
    properties: { type: text, collation: absent("that of the type"), ...comment },
    partOf: { kinds: ["composite type"], by: "name" },
  },
  range: {
    properties: {
      ...owned,
      subtype: text,
      "operator-class": text,
      collation: absent("that of the subtype"),
      canonical: none,
      difference: none,
      multirange: text,
      ...comment,
    },
  },
  "base type": {
    properties: {
      ...owned,
      shell: no,
      input: none,
      output: none,
      receive: none,
      send: none,
      "modifier-input": none,
      "modifier-output": none,
      analyze: none,
      subscript: none,
      length: none,
      "by-value": no,
      alignment: none,
      storage: absent("plain"),
      category: absent("U"),
      preferred: no,
      default: none,
      element: none,
      delimiter: absent(","),
      collatable: no,
      ...comment,
    },
  },
  collation: {
    properties: {
      ...owner,
      provider: text,
      deterministic: absent("yes"),
      collate: none,
      ctype: none,
      locale: none,
      rules: { ...none, since: 16 },
      encoding: absent("any"),
      ...comment,
    },
  },
  cast: {
    properties: { method: text, function: none, context: absent("explicit"), ...comment },
  },
  operator: {
    properties: {
      ...owner,
      function: text,
      result: text,
      commutator: none,
      negator: none,
      restrict: none,
      join: none,
      hashes: no,
      merges: no,
      ...comment,
    },
  },
  "operator family": { properties: { ...owner, operator: set, support: set, ...comment } },
  "operator class": {
    properties: {
      ...owner,
      type: text,
      family: text,
      default: no,
      "key-type": absent("the type"),
      operator: set,
      support: set,
      ...comment,
    },
    partOf: { kinds: ["operator family"], by: "family" },
  },
  "text search parser": {
    properties: { start: text, token: text, end: text, headline: none, types: text, ...comment },
  },
  "text search template": { properties: { init: none, lexize: text, ...comment } },
  "text search dictionary": {
    properties: { ...owner, template: text, option: none, ...comment },
  },
  "text search configuration": {
    properties: { ...owner, parser: text, mapping: set, ...comment },
  },
  statistics: {
    properties: {
      ...owner,
      on: text,
      definition: expression,
      target: absent("default"),
      ...comment,
    },
    partOf: { kinds: relations, by: "on" },
  },
  publication: {
    properties: {
      ...owner,
      "all-tables": no,
      operation: set,
      "via-root": no,
      "generated-columns": { ...none, since: 18 },
      ...comment,
    },
  },
  "publication table": {
    properties: {
      publication: derived,
      filter: { ...expression, absent: "none", since: 15 },
      columns: { is: "set", absent: "all", since: 15 },
    },
    partOf: { kinds: ["publication"], by: "publication" },
  },
  "publication schema": {
    properties: { publication: derived },
    partOf: { kinds: ["publication"], by: "publication" },
  },
  subscription: {
    properties: {
      ...owner,
      connection: { ...text, readableBy: "superusers" },
      enabled: absent("yes"),
      publication: set,
      slot: none,
      "synchronous-commit": absent("off"),
      binary: no,
      streaming: absent("off"),
      "two-phase": { ...no, since: 15 },
      "disable-on-error": { ...no, since: 15 },
      "password-required": { ...absent("yes"), since: 16 },
      "run-as-owner": { ...no, since: 16 },
      origin: { ...absent("any"), since: 16 },
      failover: { ...no, since: 17 },
      ...comment,
    },
  },
  "foreign-data wrapper": {
    properties: { ...owned, handler: none, validator: none, option: set, ...comment },
  },
  server: {
    properties: { ...owned, wrapper: text, type: none, version: none, option: set, ...comment },
    partOf: { kinds: ["foreign-data wrapper"], by: "wrapper" },
  },
  "user mapping": {
    properties: { server: derived, option: { ...set, readableBy: "superusers" } },
    partOf: { kinds: ["server"], by: "server" },
  },
  "foreign table": {
    properties: { ...owned, server: text, option: set, inherits: list, columns: { is: "order" }, ...comment },
  },
  "event trigger": {
    properties: {
      ...owner,
      event: text,
      function: text,
      tag: set,
      enabled: absent("yes"),
      ...comment,
    },
  },
  "access method": { properties: { type: text, handler: text, ...comment } },
  conversion: {
    properties: { ...owner, from: text, to: text, function: text, default: no, ...comment },
  },
  transform: { properties: { "from-sql": none, "to-sql": none, ...comment } },
  /** What an extension brought, or PostgreSQL itself, and whose privileges were changed since. */
  "preset object": { properties: access },
  /** What is there and of no kind above; its name says what it is. */
  "not modelled": { properties: {} },
} as const satisfies Record<string, KindModel>;
