import { createHash } from "node:crypto";
import { identifiers } from "../../../shared/postgres/catalog/canonical-text.ts";
import { compareCatalogs } from "../../../shared/postgres/catalog/compare.ts";
import { type Difference, keyOf } from "../../../shared/postgres/catalog/difference.ts";
import {
  type Address,
  type Catalog,
  type CatalogObject,
  type Kind,
  propertyModel,
} from "../../../shared/postgres/catalog/model.ts";
import { objectAt, unpack, wholeOf } from "../../../shared/postgres/catalog/packed.ts";
import { foldRoots } from "../../../shared/postgres/catalog/roots.ts";
import { shownValue } from "../../../shared/postgres/catalog/shown-value.ts";
import type { PropertyDifference } from "./finding.ts";

/** One object that two states of a database do not have alike, with what goes along with it. */
export type SchemaChange = {
  /** `enum public.mood` */
  readonly object: string;
  readonly way: "added" | "removed" | "changed";
  readonly differences: readonly PropertyDifference[];
  readonly along: readonly string[];
};

/**
 * What became different between two states of one database. `own` are the tables in which the migration tool keeps its
 * books. The order of columns does not count: PostgreSQL cannot bring a column back to its old place. Pure.
 */
export function schemaChanges(before: Catalog, after: Catalog, own: readonly string[]): SchemaChange[] {
  const found = compareCatalogs(before, after, { includes: () => true });
  const counted = found
    .filter(({ kind, name, expected, actual }) =>
      expected === undefined
        ? !isOwn({ kind, name, properties: actual ?? new Map() }, after, own)
        : !isOwn({ kind, name, properties: expected }, before, own),
    )
    .map(withoutOrder)
    .filter((each) => each !== undefined);
  return foldRoots(counted, { expected: before, actual: after }).map(({ difference, along }) => ({
    object: keyOf(difference),
    way:
      difference.expected === undefined ? "added" : difference.actual === undefined ? "removed" : "changed",
    differences: difference.changes.map(({ property, expected, actual }) => ({
      property,
      expected: shownValue(difference.kind, property, expected),
      actual: shownValue(difference.kind, property, actual),
    })),
    along: along.map(keyOf),
  }));
}

/** The tool's own table, and what belongs to it: columns, constraints, indexes, sequences. */
function isOwn(object: CatalogObject, catalog: Catalog, own: readonly string[]): boolean {
  if (own.length === 0) return false;
  const seen = new Set<string>();
  let next: CatalogObject | undefined = object;
  while (next !== undefined && !seen.has(keyOf(next))) {
    const [, table, ...more] = identifiers(next.name);
    if (more.length === 0 && table !== undefined && own.includes(table)) return true;
    seen.add(keyOf(next));
    const whole: Address | undefined = wholeOf(catalog, next);
    next = whole === undefined ? undefined : objectAt(catalog, whole);
  }
  return false;
}

function withoutOrder(difference: Difference): Difference | undefined {
  if (difference.changes.length === 0) return difference;
  const changes = difference.changes.filter(({ property }) => !isOrder(difference.kind, property));
  return changes.length === 0 ? undefined : { ...difference, changes };
}

function isOrder(kind: Kind, property: string): boolean {
  return propertyModel(kind, property)?.is === "order";
}

/** 16 hexadecimal digits that are the same for the same schema, whatever the order of columns. */
export function fingerprintOf(catalog: Catalog, own: readonly string[]): string {
  const lines: string[] = [];
  for (const [kind, named] of catalog.objects) {
    for (const [name, packed] of named) {
      const object = unpack(kind, name, packed);
      if (isOwn(object, catalog, own)) continue;
      const said = [...object.properties].filter(([property]) => !isOrder(kind, property));
      lines.push(JSON.stringify([kind, name, said]));
    }
  }
  return createHash("sha256").update(lines.sort().join("\n")).digest("hex").slice(0, 16);
}
