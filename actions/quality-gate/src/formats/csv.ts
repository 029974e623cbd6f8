import { ReportFault } from "../measures/report.ts";

/**
 * The rows of a CSV text (RFC 4180): fields in quotes may hold commas, line ends and doubled quotes.
 * Throws ReportFault where a quote is left open or the last line has no end: the file was cut off.
 */
export function parseCsv(text: string): string[][] {
  if (!text.endsWith("\n")) throw new ReportFault("ends within a line: it was cut off");
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /"([^"]*(?:""[^"]*)*)"|([^",\r\n]*)/y;
  for (let at = 0; at < text.length; ) {
    field.lastIndex = at;
    const [found = "", quoted, plain] = field.exec(text) ?? [];
    at += found.length;
    row.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    const [end] = /^(?:,|\r?\n)/.exec(text.slice(at, at + 2)) ?? [];
    if (end === undefined) throw new ReportFault("has a quote without its end: it was cut off, or is no CSV");
    at += end.length;
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows.filter((cells) => cells.length > 1 || cells[0] !== "");
}
