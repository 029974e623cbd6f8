import { stripVTControlCharacters } from "node:util";

/**
 * Text from a server or a command, safe to print over several lines. Colour and cursor sequences are removed, every
 * other invisible character is written out (see {@link visible}), and no line can be read by the runner as a command.
 * Longer than `max` characters is cut, with the number left out.
 */
export function remoteText(text: string, { max = 4096 }: { readonly max?: number } = {}): string {
  const { kept, note } = cut(text, max);
  return neutralizeCommands(visible(kept)) + note;
}

/** As {@link remoteText}, on one line: line breaks and runs of blanks become one space. */
export function remoteLine(text: string, { max = 300 }: { readonly max?: number } = {}): string {
  const { kept, note } = cut(text, max);
  return neutralizeCommands(visible(kept).replace(/\s+/g, " ").trim()) + note;
}

/**
 * Text in which no line is a command to the runner: those that would be get a blank between their first colons or
 * hashes. The runner takes a line that starts with `::` after blanks, or has `##[` anywhere (actions/runner
 * ActionCommand.cs, TryParseV2 and TryParse), and its comparison by culture skips invisible characters.
 */
export function neutralizeCommands(text: string): string {
  // The expressions take time for every line of a log, and find nothing where neither sign stands twice.
  if (!standsTwice(text, ":") && !standsTwice(text, "#")) return text;
  return text.replace(doubleColon, "$& ").replace(hashBracket, "# ");
}

function standsTwice(text: string, sign: string): boolean {
  return text.indexOf(sign) !== text.lastIndexOf(sign);
}

/**
 * The text with all that would be invisible, or would change how its neighbours look, written as `\u{…}`: control
 * characters, bidi overrides, zero-width characters. Terminal sequences go; CRLF and CR become LF; tabs and line feeds
 * stay, and so do the joiners and variation selectors inside emoji and scripts that are written with them.
 */
export function visible(text: string): string {
  if (printable.test(text)) return text;
  return stripVTControlCharacters(text.toWellFormed())
    .replace(/\r\n?/g, "\n")
    .replace(hidden, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

// Most texts are no more than this, and need not be looked through with the long expressions below.
const printable = /^[ -~\n\t]*$/;

const hiddenClass =
  "[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}]";
// A joiner or a variation selector (ZWNJ, ZWJ, VS15, VS16) after a letter, its mark or a symbol, or after that and VS16.
const meant =
  "(?<=[[\\p{L}\\p{M}\\p{So}\\p{Sk}]--\\p{Default_Ignorable_Code_Point}]\\ufe0f?)[\\u200c\\u200d\\ufe0e\\ufe0f]";
const hidden = new RegExp(`(?!${meant})[${hiddenClass}--[\\t\\n]]`, "gv");

const skipped = `[[${hiddenClass}\\p{M}]--[\\r\\n]]*`;
const doubleColon = new RegExp(`(?<=^|[\\r\\n])[[${hiddenClass}\\p{M}\\s]--[\\r\\n]]*:(?=${skipped}:)`, "gv");
const hashBracket = new RegExp(`#(?=${skipped}#${skipped}\\[)`, "gv");

function cut(text: string, max: number): { readonly kept: string; readonly note: string } {
  if (text.length <= max) return { kept: text, note: "" };
  const kept = text.slice(0, max).replace(/[\ud800-\udbff]$/, "");
  return { kept, note: `… (${(text.length - kept.length).toLocaleString("en")} more characters)` };
}
