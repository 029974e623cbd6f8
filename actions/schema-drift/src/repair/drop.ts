import type { Difference } from "../../../../shared/postgres/catalog/difference.ts";
import { lastIdentifier, withoutLastIdentifier } from "../../../../shared/postgres/catalog/packed.ts";
import { byHand, CONSTRAINTS, ON_TABLE, wordOf } from "./words.ts";

/** The statement that drops what is unexpected, as a comment: it may hold data that somebody needs. */
export function dropStatement({ kind, name }: Difference): string {
  const shown = name.replace(/[\r\n]+/g, " ");
  const own = lastIdentifier(shown);
  const whole = withoutLastIdentifier(shown);
  if (kind === "column") return `-- ALTER TABLE ${whole} DROP COLUMN ${own};`;
  if (kind === "attribute") return `-- ALTER TYPE ${whole} DROP ATTRIBUTE ${own};`;
  if (CONSTRAINTS.has(kind)) return `-- ALTER TABLE ${whole} DROP CONSTRAINT ${own};`;
  if (kind === "domain constraint") return `-- ALTER DOMAIN ${whole} DROP CONSTRAINT ${own};`;
  if (ON_TABLE.has(kind)) return `-- DROP ${wordOf(kind)} ${own} ON ${whole};`;
  const word = wordOf(kind);
  return word === undefined ? byHand(`remove ${kind} ${shown}`) : `-- DROP ${word} ${shown};`;
}
