import type { Difference } from "../../../../shared/postgres/catalog/difference.ts";
import { lastIdentifier, withoutLastIdentifier } from "../../../../shared/postgres/catalog/packed.ts";
import { quoteLiteral } from "../../../../shared/postgres/sql.ts";
import { accessStatements } from "./access.ts";
import { creationOrder } from "./creation-order.ts";
import { routineStatement } from "./routine.ts";
import { byHand, CONSTRAINTS, definitionOf, ON_TABLE, one, wordOf } from "./words.ts";

/** The statements that make a missing object, with what went along with it. */
export function createStatements(difference: Difference, along: readonly Difference[]): string[] {
  const columns = along.filter(
    (each) =>
      (each.kind === "column" || each.kind === "attribute") &&
      withoutLastIdentifier(each.name) === difference.name,
  );
  const others = along.filter((each) => !columns.includes(each));
  // A serial column draws from a sequence that belongs to it: made before, and given to it afterwards.
  const drawn = others.filter(
    (each) => each.kind === "sequence" && one(each.expected, "owned-by") !== undefined,
  );
  const sequences = drawn.flatMap((each) => statementsFor(each, []));
  const first = statementsFor(difference, columns);
  const own = [
    ...(difference.kind === "schema" ? [...first, ...sequences] : [...sequences, ...first]),
    ...extras(difference),
    ...columns.flatMap(extras),
  ];
  const rest = others
    .toSorted((a, b) => creationOrder(a.kind) - creationOrder(b.kind))
    .flatMap((each) => {
      const parts = others.filter(
        ({ kind, name }) => isMember(kind) && withoutLastIdentifier(name) === each.name,
      );
      const isPart =
        isMember(each.kind) && others.some(({ name }) => withoutLastIdentifier(each.name) === name);
      const made = drawn.includes(each) ? [] : statementsFor(each, parts);
      return isPart ? [] : [...made, ...extras(each), ...parts.flatMap(extras)];
    });
  const given = drawn.flatMap(({ name, expected }) =>
    one(expected, "identity") === undefined
      ? [`ALTER SEQUENCE ${name} OWNED BY ${one(expected, "owned-by")};`]
      : [],
  );
  return [...own, ...rest, ...given];
}

const isMember = (kind: Difference["kind"]): boolean => kind === "column" || kind === "attribute";

function statementsFor(difference: Difference, parts: readonly Difference[]): string[] {
  const { kind, name, expected } = difference;
  const get = (property: string): string | undefined => one(expected, property);
  const definition = definitionOf(difference);
  if (CONSTRAINTS.has(kind)) {
    return [
      `ALTER TABLE ${withoutLastIdentifier(name)} ADD CONSTRAINT ${lastIdentifier(name)} ${definition ?? ""};`,
    ];
  }
  switch (kind) {
    case "schema":
      return [`CREATE SCHEMA ${name};`];
    case "extension":
      return [
        `CREATE EXTENSION ${name} SCHEMA ${get("schema")} VERSION ${quoteLiteral(get("version") ?? "")};`,
      ];
    case "table":
      return [tableStatement(difference, parts)];
    case "column":
      return [`ALTER TABLE ${withoutLastIdentifier(name)} ADD COLUMN ${columnClause(difference)};`];
    case "index":
      return [
        `CREATE ${get("unique") === undefined ? "" : "UNIQUE "}INDEX CONCURRENTLY ${lastIdentifier(name)} ON ${get("on")} USING ${definition ?? ""};`,
      ];
    case "view":
      return [
        `CREATE VIEW ${name}${withOptions(expected?.get("option"))} AS\n${(get("definition") ?? "").replace(/;?\s*$/, ";")}`,
      ];
    case "materialized view":
      return [`CREATE MATERIALIZED VIEW ${name} AS\n${(get("definition") ?? "").replace(/;?\s*$/, ";")}`];
    case "function":
    case "procedure":
      return [routineStatement(difference)];
    case "sequence":
      return get("identity") === undefined ? [`CREATE SEQUENCE ${name}${sequenceOptions(difference)};`] : [];
    case "enum":
      return [`CREATE TYPE ${name} AS ENUM (${(expected?.get("label") ?? []).join(", ")});`];
    case "domain":
      return [
        `CREATE DOMAIN ${name} AS ${get("type")}${get("default") === undefined ? "" : ` DEFAULT ${get("default")}`}${get("not-null") === undefined ? "" : " NOT NULL"};`,
      ];
    case "domain constraint":
      return [
        `ALTER DOMAIN ${withoutLastIdentifier(name)} ADD CONSTRAINT ${lastIdentifier(name)} ${definition ?? ""};`,
      ];
    case "composite type":
      return [
        `CREATE TYPE ${name} AS (${parts.map(({ name: part, expected: its }) => `${lastIdentifier(part)} ${one(its, "type")}`).join(", ")});`,
      ];
    case "attribute":
      return [
        `ALTER TYPE ${withoutLastIdentifier(name)} ADD ATTRIBUTE ${lastIdentifier(name)} ${get("type")};`,
      ];
    case "trigger": {
      const text = get("definition") ?? "";
      const word = text.startsWith("constraint ") ? "CONSTRAINT TRIGGER" : "TRIGGER";
      return [
        `CREATE ${word} ${lastIdentifier(name)} ${text.replace(/^constraint /, "")};`,
        ...switched(difference),
      ];
    }
    case "rule":
      return [
        `CREATE RULE ${lastIdentifier(name)} AS ${(get("definition") ?? "").replace(/;?\s*$/, ";")}`,
        ...switched(difference),
      ];
    case "policy":
      return [policyStatement(difference)];
    case "statistics":
      return [`CREATE STATISTICS ${name} ${get("definition")};`];
    case "publication table":
      return [
        `ALTER PUBLICATION ${get("publication")} ADD TABLE ${name.slice((get("publication") ?? "").length + 1)};`,
      ];
    default:
      return [
        byHand(
          `make ${kind} ${name}, with ${[...(expected ?? [])].map(([property, values]) => `${property} ${values.join(", ")}`).join("; ")}`,
        ),
      ];
  }
}

/** Owner, rights and comment of what was made, and row security of a table. */
function extras(difference: Difference): string[] {
  const { kind, name, expected } = difference;
  const word = wordOf(kind);
  const statements: string[] = [];
  const owner = one(expected, "owner");
  if (owner !== undefined && word !== undefined) statements.push(`ALTER ${word} ${name} OWNER TO ${owner};`);
  for (const property of ["grant", "revoke"]) {
    const values = expected?.get(property) ?? [];
    if (values.length > 0)
      statements.push(...accessStatements({ property, expected: values, actual: [] }, difference));
  }
  if (one(expected, "row-security") !== undefined)
    statements.push(`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY;`);
  if (one(expected, "force-row-security") !== undefined)
    statements.push(`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY;`);
  const comment = one(expected, "comment");
  if (comment !== undefined) statements.push(...commentStatement(difference, comment));
  return statements;
}

/** COMMENT ON for any kind that has it; without a text it takes the comment away. */
export function commentStatement({ kind, name }: Difference, text: string | undefined): string[] {
  const value = text === undefined ? "NULL" : quoteLiteral(text).trim();
  if (kind === "column") return [`COMMENT ON COLUMN ${name} IS ${value};`];
  if (CONSTRAINTS.has(kind) || ON_TABLE.has(kind)) {
    return [
      `COMMENT ON ${wordOf(kind)} ${lastIdentifier(name)} ON ${withoutLastIdentifier(name)} IS ${value};`,
    ];
  }
  const word = wordOf(kind);
  return [
    word === undefined
      ? byHand(`comment on ${kind} ${name}: ${value}`)
      : `COMMENT ON ${word} ${name} IS ${value};`,
  ];
}

export function policyStatement({ name, expected }: Difference): string {
  const get = (property: string): string | undefined => one(expected, property);
  const roles = expected?.get("role") ?? [];
  return [
    `CREATE POLICY ${lastIdentifier(name)} ON ${withoutLastIdentifier(name)}`,
    ...(get("restrictive") === undefined ? [] : ["AS RESTRICTIVE"]),
    ...(get("command") === undefined ? [] : [`FOR ${get("command")?.toUpperCase()}`]),
    ...(roles.length === 0 ? [] : [`TO ${roles.join(", ")}`]),
    ...(get("using") === undefined ? [] : [`USING (${get("using")})`]),
    ...(get("check") === undefined ? [] : [`WITH CHECK (${get("check")})`]),
  ]
    .join(" ")
    .concat(";");
}

/** Triggers and rules that are not simply on. */
export function switched({ kind, name, expected }: Difference): string[] {
  const table = withoutLastIdentifier(name);
  const state = one(expected, "enabled");
  const verbs: Readonly<Record<string, string>> = {
    no: "DISABLE",
    "in replicas only": "ENABLE REPLICA",
    "also in replicas": "ENABLE ALWAYS",
  };
  const verb = state === undefined ? undefined : verbs[state];
  return verb === undefined
    ? []
    : [`ALTER TABLE ${table} ${verb} ${kind.toUpperCase()} ${lastIdentifier(name)};`];
}

function tableStatement({ name, expected }: Difference, columns: readonly Difference[]): string {
  const get = (property: string): string | undefined => one(expected, property);
  const order = (expected?.get("columns") ?? []).flatMap((names) => names.split(", "));
  const place = (each: Difference): number => order.indexOf(lastIdentifier(each.name));
  const sorted = columns.toSorted((a, b) => place(a) - place(b));
  const partition = get("partition-of");
  const body =
    partition === undefined
      ? ` (\n  ${sorted.map(columnClause).join(",\n  ")}\n)`
      : ` PARTITION OF ${partition} ${get("partition-bound") ?? "DEFAULT"}`;
  const inherits = expected?.get("inherits");
  return [
    `CREATE ${get("persistence") === "unlogged" ? "UNLOGGED " : ""}TABLE ${name}${body}`,
    ...(inherits === undefined ? [] : [`INHERITS (${inherits.join(", ")})`]),
    ...(get("partition-key") === undefined ? [] : [`PARTITION BY ${get("partition-key")}`]),
    ...(get("access-method") === undefined ? [] : [`USING ${get("access-method")}`]),
    withOptions(expected?.get("option")).trim(),
    ...(get("tablespace") === undefined ? [] : [`TABLESPACE ${get("tablespace")}`]),
  ]
    .filter(Boolean)
    .join(" ")
    .concat(";");
}

function columnClause({ name, expected }: Difference): string {
  const get = (property: string): string | undefined => one(expected, property);
  const generated = get("generated");
  return [
    `${lastIdentifier(name)} ${get("type")}`,
    ...(get("collation") === undefined ? [] : [`COLLATE ${get("collation")}`]),
    ...(get("default") === undefined ? [] : [`DEFAULT ${get("default")}`]),
    ...(generated === undefined
      ? []
      : [`GENERATED ALWAYS AS (${generated}) ${(get("generated-kind") ?? "stored").toUpperCase()}`]),
    ...(get("identity") === undefined ? [] : [`GENERATED ${get("identity")?.toUpperCase()} AS IDENTITY`]),
    ...(get("not-null") === undefined ? [] : ["NOT NULL"]),
  ].join(" ");
}

export function withOptions(options: readonly string[] | undefined): string {
  return options === undefined || options.length === 0 ? "" : ` WITH (${options.join(", ")})`;
}

/** What CREATE and ALTER SEQUENCE take; what is not said is at its default. */
export function sequenceOptions({ expected }: Difference): string {
  const get = (property: string): string | undefined => one(expected, property);
  const parts = [
    `AS ${get("type") ?? "bigint"}`,
    `INCREMENT BY ${get("increment") ?? "1"}`,
    get("minimum") === undefined ? "NO MINVALUE" : `MINVALUE ${get("minimum")}`,
    get("maximum") === undefined ? "NO MAXVALUE" : `MAXVALUE ${get("maximum")}`,
    ...(get("start") === undefined ? [] : [`START WITH ${get("start")}`]),
    `CACHE ${get("cache") ?? "1"}`,
    get("cycle") === undefined ? "NO CYCLE" : "CYCLE",
  ];
  return ` ${parts.join(" ")}`;
}
