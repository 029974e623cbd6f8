import { ReportFault } from "../measures/report.ts";

/** A report as it was found: its path as the user would write it, and its bytes. */
export type Source = { readonly path: string; readonly bytes: Uint8Array };

/** The text of a report in the encoding that its first bytes tell: UTF-8, or UTF-16 as PowerShell's `>` writes it. */
export function textOf({ bytes }: Source): string {
  return decode(bytes, encodingOf(bytes));
}

/** The encoding by byte order mark. */
export function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

/** The text without its byte order mark. Throws ReportFault where the bytes are not of the encoding. */
export function decode(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new ReportFault(
      `is not ${encoding.toUpperCase()} text`,
      "Binary and cut-off files are no reports.",
    );
  }
}

/** The lines of a report that is made of lines. Each must have its end: one without it was cut off. */
export function linesOf(source: Source): string[] {
  const text = textOf(source);
  if (!text.endsWith("\n")) {
    throw new ReportFault("ends within a line: it was cut off", "Was the tool stopped while it was writing?");
  }
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => line.replace(/\r$/, ""));
}

/** A count as tools write it: digits, also `1e+06`. Throws ReportFault for anything else. */
export function countOf(text: string | undefined, what: string): number {
  const value =
    text !== undefined && /^\d+(?:\.0+)?(?:e\+?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) {
    throw new ReportFault(`${what} is ${text === undefined ? "missing" : "no number"}`);
  }
  return value;
}
