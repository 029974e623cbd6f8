import type { Root } from "../../../shared/postgres/catalog/roots.ts";
import { alterStatements } from "./repair/alter.ts";
import { createStatements } from "./repair/create.ts";
import { dropStatement } from "./repair/drop.ts";

/**
 * SQL that would bring an object back to what it should be, each statement to be reviewed: what is missing is made, what is
 * unexpected dropped (in a comment: it may hold data), what differs altered. Where none is known, a comment says so.
 */
export function repairOf({ difference, along }: Root): string[] {
  if (difference.actual === undefined) return createStatements(difference, along);
  if (difference.expected === undefined) return [dropStatement(difference)];
  return alterStatements(difference);
}
