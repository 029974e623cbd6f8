import { ValueError } from "../../../shared/runtime/values.ts";
import { type Pattern, parsePattern } from "./pattern.ts";

/**
 * Entries on lines or between commas; a comma inside of a `/regular expression/` is its own. Entries are trimmed, blank
 * ones dropped.
 */
export function splitPatterns(text: string): string[] {
  return text
    .split("\n")
    .flatMap(splitLine)
    .filter((entry) => entry !== "");
}

// A regular expression ends at a slash behind which the entry ends.
const entry = /\s*(!?\/(?:\\.|[^\\])*?\/(?=\s*(?:,|$))|[^,]*)\s*(?:,|$)/gy;

function splitLine(line: string): string[] {
  return [...line.matchAll(entry)].map(([, text = ""]) => text.trim());
}

/** The patterns of a list. Throws ValueError, which names the entry. */
export function parsePatterns(entries: readonly string[]): Pattern[] {
  return entries.map((source) => {
    try {
      return parsePattern(source);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new ValueError(`has the pattern ${JSON.stringify(source)}, which ${error.message}`);
    }
  });
}

/** Patterns of names, some of which leave out what others choose. */
export type Selection = { readonly chosen: readonly Pattern[]; readonly excluded: readonly Pattern[] };

/**
 * A name of a package as the registry has it: in small letters (OCI distribution specification), however the repository
 * that it is often taken from is written.
 */
export function inSmallLetters(source: string): string {
  return /^!?\//.test(source) ? source : source.toLowerCase();
}

/** Reads `web, team/*, !team/base`. Throws ValueError; there must be one that chooses. */
export function parseSelection(text: string): Selection {
  const entries = splitPatterns(text).map(inSmallLetters);
  const excluded = entries.filter((each) => each.startsWith("!")).map((each) => each.slice(1).trim());
  const chosen = entries.filter((each) => !each.startsWith("!"));
  if (chosen.length === 0) throw new ValueError("must name a package");
  return { chosen: parsePatterns(chosen), excluded: parsePatterns(excluded) };
}

/** Whether a pattern is a plain name, for which no listing is needed. */
export function isName({ source }: Pattern): boolean {
  return !source.startsWith("/") && !/[*?[\]]/.test(source);
}
