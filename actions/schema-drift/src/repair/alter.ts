import type { Change, Difference } from "../../../../shared/postgres/catalog/difference.ts";
import { lastIdentifier, withoutLastIdentifier } from "../../../../shared/postgres/catalog/packed.ts";
import { quoteLiteral } from "../../../../shared/postgres/sql.ts";
import { accessStatements } from "./access.ts";
import {
  commentStatement,
  createStatements,
  policyStatement,
  sequenceOptions,
  switched,
  withOptions,
} from "./create.ts";
import { routineStatement } from "./routine.ts";
import { byHand, CONSTRAINTS, ON_TABLE, one, wordOf } from "./words.ts";

/** The statements that bring an object that differs back to what it should be, each once. */
export function alterStatements(difference: Difference): string[] {
  return [...new Set(difference.changes.flatMap((change) => statementsFor(change, difference)))];
}

function statementsFor(change: Change, difference: Difference): string[] {
  const { property } = change;
  const [value] = change.expected;
  const { kind, name } = difference;
  const word = wordOf(kind);
  switch (property) {
    case "name":
      return [renameStatement(change, difference)];
    case "comment":
      return commentStatement(difference, value);
    case "grant":
    case "revoke":
      return accessStatements(change, difference);
    case "owner":
      return word === undefined
        ? [unknown(change, difference)]
        : [`ALTER ${word} ${name} OWNER TO ${value};`];
  }
  return statementsByKind(change, difference) ?? [unknown(change, difference)];
}

function statementsByKind(change: Change, difference: Difference): string[] | undefined {
  const { property } = change;
  const [value] = change.expected;
  const { kind, name } = difference;
  const table = withoutLastIdentifier(name);
  const own = lastIdentifier(name);
  if (CONSTRAINTS.has(kind)) return constraintStatements(change, difference);
  switch (kind) {
    case "table":
    case "materialized view":
    case "index":
      if (property === "option") return optionStatements(change, `ALTER ${kind.toUpperCase()} ${name}`);
      if (property === "tablespace")
        return [`ALTER ${kind.toUpperCase()} ${name} SET TABLESPACE ${value ?? "pg_default"};`];
      if (kind === "table") return tableStatements(change, name);
      if (kind === "materialized view")
        return property === "populated" ? [`REFRESH MATERIALIZED VIEW ${name};`] : undefined;
      if (property === "valid") return [`REINDEX INDEX CONCURRENTLY ${name};`];
      if (property === "clustered" || property === "statistics") return undefined;
      return [`DROP INDEX CONCURRENTLY ${name};`, ...createStatements(missing(difference), [])];
    case "column":
      return columnStatements(change, difference, `ALTER TABLE ${table} ALTER COLUMN ${own}`);
    case "view":
      if (property === "option") return optionStatements(change, `ALTER VIEW ${name}`);
      return property === "definition"
        ? [
            `CREATE OR REPLACE VIEW ${name}${withOptions(difference.expected?.get("option"))} AS\n${(value ?? "").replace(/;?\s*$/, ";")}`,
          ]
        : undefined;
    case "function":
    case "procedure":
      return [routineStatement(difference)];
    case "sequence":
      if (property === "owned-by") return [`ALTER SEQUENCE ${name} OWNED BY ${value ?? "NONE"};`];
      return property === "persistence" || property === "identity"
        ? undefined
        : [`ALTER SEQUENCE ${name}${sequenceOptions(difference)};`];
    case "trigger":
    case "rule":
      if (property === "enabled") {
        const back = switched(difference);
        return back.length > 0 ? back : [`ALTER TABLE ${table} ENABLE ${kind.toUpperCase()} ${own};`];
      }
      return property === "definition"
        ? [`DROP ${kind.toUpperCase()} ${own} ON ${table};`, ...createStatements(missing(difference), [])]
        : undefined;
    case "policy":
      return [`DROP POLICY ${own} ON ${table};`, policyStatement(difference)];
    case "enum":
      return change.expected
        .filter((label) => !change.actual.includes(label))
        .map((label) => `ALTER TYPE ${name} ADD VALUE ${label}${placeOf(label, change.expected)};`);
    case "extension":
      if (property === "version")
        return [`ALTER EXTENSION ${name} UPDATE TO ${quoteLiteral(value ?? "").trim()};`];
      return property === "schema" ? [`ALTER EXTENSION ${name} SET SCHEMA ${value ?? ""};`] : undefined;
    case "domain":
      if (property === "default")
        return [`ALTER DOMAIN ${name} ${value === undefined ? "DROP DEFAULT" : `SET DEFAULT ${value}`};`];
      return property === "not-null"
        ? [`ALTER DOMAIN ${name} ${value === undefined ? "DROP" : "SET"} NOT NULL;`]
        : undefined;
    case "domain constraint":
      return [`ALTER DOMAIN ${table} DROP CONSTRAINT ${own};`, ...createStatements(missing(difference), [])];
    default:
      return undefined;
  }
}

function tableStatements({ property, expected: [value] }: Change, name: string): string[] | undefined {
  const on = (state: string | undefined): boolean => state !== undefined;
  switch (property) {
    case "row-security":
      return [`ALTER TABLE ${name} ${on(value) ? "ENABLE" : "DISABLE"} ROW LEVEL SECURITY;`];
    case "force-row-security":
      return [`ALTER TABLE ${name} ${on(value) ? "" : "NO "}FORCE ROW LEVEL SECURITY;`];
    case "persistence":
      return [`ALTER TABLE ${name} SET ${value === "unlogged" ? "UNLOGGED" : "LOGGED"};`];
    case "replica-identity":
      return [
        `ALTER TABLE ${name} REPLICA IDENTITY ${(value ?? "default").replace(/^index /, "USING INDEX ").replace(/^(?:default|full|nothing)$/, (word) => word.toUpperCase())};`,
      ];
    case "access-method":
      return [`ALTER TABLE ${name} SET ACCESS METHOD ${value ?? "heap"};`];
    default:
      return undefined;
  }
}

function columnStatements(
  { property, expected: [value], actual }: Change,
  { expected, name }: Difference,
  alter: string,
): string[] | undefined {
  const type = one(expected, "type") ?? "";
  const collation = one(expected, "collation");
  switch (property) {
    case "type":
    case "collation":
      return [
        `${alter} TYPE ${type}${collation === undefined ? "" : ` COLLATE ${collation}`} USING ${lastIdentifier(name)}::${type};`,
      ];
    case "default":
      return [`${alter} ${value === undefined ? "DROP DEFAULT" : `SET DEFAULT ${value}`};`];
    case "not-null":
      return [`${alter} ${value === undefined ? "DROP" : "SET"} NOT NULL;`];
    case "identity":
      if (value === undefined) return [`${alter} DROP IDENTITY;`];
      return [
        `${alter} ${actual.length === 0 ? `ADD GENERATED ${value.toUpperCase()} AS IDENTITY` : `SET GENERATED ${value.toUpperCase()}`};`,
      ];
    case "storage":
      return [`${alter} SET STORAGE ${(value ?? "DEFAULT").toUpperCase()};`];
    case "compression":
      return [`${alter} SET COMPRESSION ${value ?? "default"};`];
    case "statistics":
      return [`${alter} SET STATISTICS ${value ?? "-1"};`];
    default:
      return undefined;
  }
}

function constraintStatements(change: Change, difference: Difference): string[] | undefined {
  const table = withoutLastIdentifier(difference.name);
  const own = lastIdentifier(difference.name);
  switch (change.property) {
    case "unenforced":
      return change.expected.length > 0
        ? undefined
        : [
            byHand("look for rows that break the constraint first: the next statement checks none."),
            ...change.actual.map(
              (side) => `ALTER TABLE ${/^on (.*): [a-z ]+$/.exec(side)?.[1] ?? table} ENABLE TRIGGER ALL;`,
            ),
          ];
    case "valid":
      return change.expected.length === 0 ? [`ALTER TABLE ${table} VALIDATE CONSTRAINT ${own};`] : undefined;
    case "option":
    case "tablespace":
    case "clustered":
    case "index-comment":
      return undefined;
    default:
      return [
        `ALTER TABLE ${table} DROP CONSTRAINT ${own};`,
        ...createStatements(missing(difference), []).slice(0, 1),
      ];
  }
}

function optionStatements({ expected, actual }: Change, alter: string): string[] {
  const set = expected.filter((option) => !actual.includes(option));
  const names = new Set(expected.map(nameOf));
  const reset = actual.map(nameOf).filter((name) => !names.has(name));
  return [
    ...(set.length === 0 ? [] : [`${alter} SET (${set.join(", ")});`]),
    ...(reset.length === 0 ? [] : [`${alter} RESET (${reset.join(", ")});`]),
  ];
}

function nameOf(option: string): string {
  return option.slice(0, option.indexOf("="));
}

/** New values of an enumeration go to the end unless they are told where. */
function placeOf(label: string, labels: readonly string[]): string {
  const next = labels[labels.indexOf(label) + 1];
  return next === undefined ? "" : ` BEFORE ${next}`;
}

function renameStatement(
  { expected: [should = ""], actual: [is = ""] }: Change,
  { kind }: Difference,
): string {
  const [from, to] = [lastIdentifier(is), lastIdentifier(should)];
  const table = withoutLastIdentifier(is);
  if (kind === "column") return `ALTER TABLE ${table} RENAME COLUMN ${from} TO ${to};`;
  if (CONSTRAINTS.has(kind)) return `ALTER TABLE ${table} RENAME CONSTRAINT ${from} TO ${to};`;
  if (ON_TABLE.has(kind)) return `ALTER ${wordOf(kind)} ${from} ON ${table} RENAME TO ${to};`;
  const word = wordOf(kind);
  const plain = to.replace(/\(.*$/s, "");
  return word === undefined
    ? byHand(`rename ${kind} ${is} to ${plain}`)
    : `ALTER ${word} ${is} RENAME TO ${plain};`;
}

function missing({ actual: _, ...difference }: Difference): Difference {
  return { ...difference, changes: [] };
}

function unknown({ property, expected, actual }: Change, { kind, name }: Difference): string {
  return byHand(
    `${kind} ${name}: ${property} should be ${expected.join(", ") || "at its default"} and is ${actual.join(", ") || "at its default"}`,
  );
}
