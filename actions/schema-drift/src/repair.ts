import type { Difference } from "./difference.ts";

/** SQL that would bring an object back to what it should be, each statement to be reviewed. */
export function repairOf(difference: Difference): string[] {
  return [`-- ${difference.kind} ${difference.name.replace(/[\r\n]+/g, " ")}: no statement is known`];
}
