import type { Difference } from "../../../../shared/postgres/catalog/difference.ts";
import type { Kind, Properties } from "../../../../shared/postgres/catalog/model.ts";
import { packedLines } from "../../../../shared/postgres/catalog/packed.ts";

/** What SQL calls a kind in ALTER, DROP and COMMENT ON; undefined for what has no statement of its own. */
export function wordOf(kind: Kind): string | undefined {
  return kind in OTHER ? OTHER[kind] : kind.toUpperCase();
}

const OTHER: Partial<Record<Kind, string | undefined>> = {
  enum: "TYPE",
  "composite type": "TYPE",
  range: "TYPE",
  "base type": "TYPE",
  "foreign-data wrapper": "FOREIGN DATA WRAPPER",
  "primary key": "CONSTRAINT",
  "unique constraint": "CONSTRAINT",
  "exclusion constraint": "CONSTRAINT",
  "check constraint": "CONSTRAINT",
  "foreign key": "CONSTRAINT",
  setting: undefined,
  "default privileges": undefined,
  "domain constraint": undefined,
  attribute: undefined,
  column: undefined,
  "publication table": undefined,
  "publication schema": undefined,
  "preset object": undefined,
  "not modelled": undefined,
};

/** Constraints of tables. */
export const CONSTRAINTS: ReadonlySet<Kind> = new Set<Kind>([
  "primary key",
  "unique constraint",
  "exclusion constraint",
  "check constraint",
  "foreign key",
]);

/** Parts that SQL names by their own name and their table's. */
export const ON_TABLE: ReadonlySet<Kind> = new Set(["trigger", "rule", "policy"]);

export function one(properties: Properties | undefined, property: string): string | undefined {
  return properties?.get(property)?.[0];
}

/** The canonical text that a constraint, an index or the like is made of. */
export function definitionOf({ packed }: Difference): string | undefined {
  return packedLines(packed.expected ?? "").find(([property]) => property === "definition")?.[1];
}

/** A comment that says what a person has to do. */
export function byHand(what: string): string {
  return `-- By hand: ${what.replace(/\s*[\r\n]\s*/g, " ")}`;
}
