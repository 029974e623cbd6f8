import { type Difference, keyOf } from "./difference.ts";
import { type Catalog, kindModel } from "./model.ts";
import { firstIdentifier, lastIdentifier, objectAt, wholeOf, withoutLastIdentifier } from "./packed.ts";

/** A difference that has no cause among the others, and what came along with it. */
export type Root = { readonly difference: Difference; readonly along: readonly Difference[] };

/**
 * Takes together what is one difference to people: a table that is missing with its columns and indexes, and with the
 * foreign keys and views elsewhere that cannot be without it. Missing explains missing, unexpected explains unexpected;
 * what is on both sides stands by itself. What is no part of its cause stays apart unless the cause speaks for it. Pure.
 */
export function foldRoots(
  differences: readonly Difference[],
  { expected, actual }: { readonly expected: Catalog; readonly actual: Catalog },
  speaksFor: (cause: Difference, other: Difference) => boolean = () => true,
): Root[] {
  const missing = differences.filter((each) => each.actual === undefined);
  const unexpected = differences.filter((each) => each.expected === undefined);
  const causes = new Map([
    ...causesAmong(missing, expected, speaksFor),
    ...causesAmong(unexpected, actual, speaksFor),
  ]);
  for (const [sequence, column] of identities(differences)) causes.set(sequence, column);
  for (const [child, parent] of inherited(differences, expected, actual)) causes.set(child, parent);
  const along = new Map<Difference, Difference[]>();
  const roots: Difference[] = [];
  for (const difference of differences) {
    const root = rootOf(difference, causes);
    if (root === difference) roots.push(difference);
    else along.set(root, [...(along.get(root) ?? []), difference]);
  }
  return roots.map((difference) => ({ difference, along: along.get(difference) ?? [] }));
}

type Causes = ReadonlyMap<Difference, Difference>;

/** The end of the chain of causes; in a circle, whichever comes first by kind and name, so that all agree on it. */
function rootOf(difference: Difference, causes: Causes): Difference {
  const seen = new Set([difference]);
  let root = difference;
  for (let next = causes.get(root); next !== undefined; next = causes.get(root)) {
    if (seen.has(next)) {
      const circle = [...seen].slice([...seen].indexOf(next));
      return circle.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))[0] ?? next;
    }
    seen.add(next);
    root = next;
  }
  return root;
}

/** Children and partitions differ as their parents do: in columns, and in the indexes that partitions have of them. */
function inherited(
  differences: readonly Difference[],
  expected: Catalog,
  actual: Catalog,
): Map<Difference, Difference> {
  const byKey = new Map(differences.map((each) => [keyOf(each), each]));
  const found = new Map<Difference, Difference>();
  for (const each of differences) {
    if (each.kind !== "column" && each.kind !== "index") continue;
    const catalog = each.actual === undefined ? expected : actual;
    const parent = parentNames(each, catalog)
      .map((name) => byKey.get(keyOf({ kind: each.kind, name })))
      .find((other) => other !== undefined && sameWay(each, other));
    if (parent !== undefined) found.set(each, parent);
  }
  return found;
}

function parentNames({ kind, name, expected, actual }: Difference, catalog: Catalog): readonly string[] {
  if (kind === "index") return (actual ?? expected)?.get("partition-of") ?? [];
  const table = objectAt(catalog, { kind: "table", name: withoutLastIdentifier(name) })?.properties;
  const parents = [...(table?.get("inherits") ?? []), ...(table?.get("partition-of") ?? [])];
  return parents.map((parent) => `${parent}.${lastIdentifier(name)}`);
}

function sameWay(one: Difference, other: Difference): boolean {
  const way = ({ expected, actual, changes }: Difference): string =>
    JSON.stringify([expected === undefined, actual === undefined, changes.map((change) => ({ ...change }))]);
  return way(one) === way(other);
}

/** The sequence of an identity comes and goes with it, also where its column stays. */
function identities(differences: readonly Difference[]): Map<Difference, Difference> {
  const changed = new Map(
    differences
      .filter(
        ({ kind, changes }) => kind === "column" && changes.some(({ property }) => property === "identity"),
      )
      .map((each) => [each.name, each]),
  );
  const found = new Map<Difference, Difference>();
  if (changed.size === 0) return found;
  for (const each of differences) {
    const properties = each.expected ?? each.actual;
    const column = each.changes.length > 0 ? undefined : changed.get(properties?.get("owned-by")?.[0] ?? "");
    if (each.kind === "sequence" && properties?.has("identity") === true && column !== undefined)
      found.set(each, column);
  }
  return found;
}

function causesAmong(
  differences: readonly Difference[],
  catalog: Catalog,
  speaksFor: (cause: Difference, other: Difference) => boolean,
): Map<Difference, Difference> {
  const byKey = new Map(differences.map((each) => [keyOf(each), each]));
  const byName = new Map<string, Difference>();
  for (const each of differences) {
    if (NAMED.has(each.kind)) byName.set(withoutArguments(each.name), each);
  }
  const causes = new Map<Difference, Difference>();
  const wholes = new Map<Difference, Difference>();
  for (const each of differences) {
    const whole = wholeAmong(each, catalog, byKey);
    if (whole !== undefined) wholes.set(each, whole);
    const cause = whole ?? columnAmong(each, byKey) ?? mentioned(each, byName);
    if (cause === undefined || cause === each) continue;
    if (cause === whole || speaksFor(cause, each)) causes.set(each, cause);
  }
  // A serial column names its sequence, which is a part of it: nothing is there because of its own part.
  for (const [each, cause] of causes) if (isWithin(cause, each, wholes)) causes.delete(each);
  return causes;
}

function isWithin(part: Difference, whole: Difference, wholes: Causes): boolean {
  const seen = new Set<Difference>();
  for (let next = wholes.get(part); next !== undefined && !seen.has(next); next = wholes.get(next)) {
    if (next === whole) return true;
    seen.add(next);
  }
  return false;
}

/** What others name, and cannot be without. */
const NAMED: ReadonlySet<string> = new Set([
  ...[
    "table",
    "view",
    "materialized view",
    "foreign table",
    "sequence",
    "function",
    "procedure",
    "aggregate",
  ],
  ...[
    "enum",
    "domain",
    "composite type",
    "range",
    "base type",
    "collation",
    "server",
    "foreign-data wrapper",
  ],
  ...[
    "primary key",
    "unique constraint",
    "exclusion constraint",
    "index",
    "column",
    "publication",
    "operator family",
  ],
  ...["operator class", "text search dictionary", "text search configuration", "text search parser"],
]);

function wholeAmong(
  difference: Difference,
  catalog: Catalog,
  byKey: ReadonlyMap<string, Difference>,
): Difference | undefined {
  const properties = difference.expected ?? difference.actual ?? new Map();
  const whole = wholeOf(catalog, { ...difference, properties });
  const direct = whole === undefined ? undefined : byKey.get(keyOf(whole));
  if (direct !== undefined) return direct;
  const schema = byKey.get(keyOf({ kind: "schema", name: firstIdentifier(difference.name) }));
  return difference.kind === "schema" ? undefined : schema;
}

const IDENTIFIER = /"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*/gu;

/** The column of its table that an index, a constraint or the like is on, where that is among the differences. */
function columnAmong(difference: Difference, byKey: ReadonlyMap<string, Difference>): Difference | undefined {
  const by = kindModel(difference.kind).partOf?.by;
  const properties = difference.expected ?? difference.actual ?? new Map<string, readonly string[]>();
  const table =
    by === "name"
      ? withoutLastIdentifier(difference.name)
      : by === undefined
        ? undefined
        : properties.get(by)?.[0];
  if (table === undefined || difference.kind === "column") return undefined;
  for (const [property, values] of properties) {
    if (SILENT.has(property)) continue;
    for (const [name] of values.join(" ").matchAll(IDENTIFIER)) {
      const column = byKey.get(keyOf({ kind: "column", name: `${table}.${name}` }));
      if (column !== undefined) return column;
    }
  }
  return undefined;
}

const QUALIFIED =
  /(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)(?:\.(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*))+/gu;

/** The first of the others that its definition names. Bodies of functions do not count: they may name what is not there. */
function mentioned(difference: Difference, byName: ReadonlyMap<string, Difference>): Difference | undefined {
  const properties = difference.expected ?? difference.actual ?? new Map<string, readonly string[]>();
  for (const [property, values] of properties) {
    if (SILENT.has(property) || kindModel(difference.kind).properties[property]?.is === "derived") continue;
    for (const value of values) {
      for (const [name] of value.matchAll(QUALIFIED)) {
        const found = lookUp(name, byName);
        if (found !== undefined && found !== difference) return found;
      }
    }
  }
  return undefined;
}

const SILENT: ReadonlySet<string> = new Set([
  "body",
  "comment",
  "owner",
  "grant",
  "revoke",
  "option",
  "setting",
]);

/** `public.orders.total` names the column, or else the table. */
function lookUp(name: string, byName: ReadonlyMap<string, Difference>): Difference | undefined {
  const found = byName.get(name);
  if (found !== undefined) return found;
  const [, table] = /^(.+\..+)\.[^.]+$/.exec(name) ?? [];
  return table === undefined ? undefined : byName.get(table);
}

/** `public.total` of `public.total(integer, text)`. */
function withoutArguments(name: string): string {
  return name.replace(/\(.*$/s, "");
}
