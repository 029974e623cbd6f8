import vm from "node:vm";
import { ValueError } from "../../../shared/runtime/values.ts";

const LONGEST_MATCH_MS = 1_000;
const match = new vm.Script("new RegExp(pattern, 'u').test(text)");

/** Checks that a text is a regular expression. Throws ValueError. */
export function parsePattern(text: string): string {
  try {
    new RegExp(text, "u");
    return text;
  } catch (error) {
    throw new ValueError(
      `is not a regular expression (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

/**
 * Whether the pattern is found in the text. A pattern that backtracks without end on what a server sent counts as not
 * found after a second; outside `vm` nothing, not even the deadline, could interrupt it.
 */
export function isFound(pattern: string, text: string): boolean {
  try {
    return match.runInNewContext({ pattern, text }, { timeout: LONGEST_MATCH_MS }) === true;
  } catch {
    return false;
  }
}
