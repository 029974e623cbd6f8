import { ValueError } from "../../../shared/runtime/values.ts";
import { inTime } from "./in-time.ts";

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
 * The first match in the text: its first group, or the whole of it; `undefined` when there is none. A pattern that
 * backtracks without end on what a server sent counts as not found.
 */
export function firstMatch(pattern: string, text: string): string | undefined {
  try {
    const match = inTime(() => new RegExp(pattern, "u").exec(text));
    return match?.[1] ?? match?.[0];
  } catch {
    return undefined;
  }
}

/** Whether the pattern is found in the text; see {@link firstMatch}. */
export function isFound(pattern: string, text: string): boolean {
  return firstMatch(pattern, text) !== undefined;
}
