import type { Kind } from "../../../../shared/postgres/catalog/model.ts";

const FIRST: readonly Kind[] = [
  "schema",
  "extension",
  "enum",
  "domain",
  "composite type",
  "range",
  "sequence",
  "table",
  "column",
];
const LAST: readonly Kind[] = [
  "foreign key",
  "view",
  "materialized view",
  "trigger",
  "rule",
  "policy",
  "publication table",
];

/** A number to sort by in which what others need comes first: types, tables, then what is on them. */
export function creationOrder(kind: Kind): number {
  if (FIRST.includes(kind)) return FIRST.indexOf(kind);
  // Kinds that neither list names stand between them.
  return FIRST.length + 1 + LAST.indexOf(kind);
}
