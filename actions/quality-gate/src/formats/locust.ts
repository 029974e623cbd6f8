import { type Parsed, ReportFault } from "../measures/report.ts";
import { parseCsv } from "./csv.ts";
import { countOf, type Source, textOf } from "./source.ts";

const STATS = "Type,Name,Request Count,Failure Count,";
const FAILURES = "Method,Name,Error,Occurrences";
const EXCEPTIONS = "Count,Message,Traceback,Nodes";
const HISTORY = "Timestamp,User Count,Type,Name,";
const MOST_NOTES = 20;

/** Whether a file begins as one of Locust's CSV files. */
export function isLocust(head: string): boolean {
  return [STATS, FAILURES, EXCEPTIONS, HISTORY].some((header) => head.replaceAll('"', "").startsWith(header));
}

/**
 * Locust's CSV files: the numbers are in `_stats.csv`, in its last row, `Aggregated`; `_failures.csv` and
 * `_exceptions.csv` say what went wrong.
 */
export function readLocust(source: Source): Parsed {
  const [header = [], ...rows] = parseCsv(textOf(source));
  const cell = (row: readonly string[], name: string): string | undefined => row[header.indexOf(name)];
  for (const row of rows) {
    if (row.length !== header.length)
      throw new ReportFault("has a row that is not as long as its first: it was cut off");
  }
  if (header[0] === "Type") return readStats(rows, cell);
  const detail = { format: "locust", content: { kind: "detail" } } as const;
  if (header[0] === "Method") {
    const notes = rows.map(
      (row) =>
        `${cell(row, "Occurrences")} × ${cell(row, "Method")} ${cell(row, "Name")}: ${cell(row, "Error")}`,
    );
    return { ...detail, notes: some(notes) };
  }
  if (header[0] === "Count") {
    const notes = rows.map((row) => `${cell(row, "Count")} × the test itself: ${cell(row, "Message")}`);
    return { ...detail, notes: some(notes) };
  }
  return { ...detail, notes: [] };
}

type Cell = (row: readonly string[], name: string) => string | undefined;

function readStats(rows: readonly string[][], cell: Cell): Parsed {
  const total = rows.at(-1);
  if (
    total === undefined ||
    cell(total, "Name") !== "Aggregated" ||
    !/^(?:|None)$/.test(cell(total, "Type") ?? "-")
  ) {
    throw new ReportFault(
      "does not end with the row Aggregated: it was cut off",
      "Let Locust end by itself (--run-time).",
    );
  }
  const count = (row: readonly string[], name: string): number => countOf(cell(row, name), name);
  for (const name of ["Request Count", "Failure Count"]) {
    const sum = rows.slice(0, -1).reduce((all, row) => all + count(row, name), 0);
    if (sum !== count(total, name))
      throw new ReportFault(`has rows whose ${name} does not add up to the row Aggregated`);
  }
  const [requests, failures] = [count(total, "Request Count"), count(total, "Failure Count")];
  if (failures > requests) throw new ReportFault("has more failures than requests");
  const performance = { requests, failures, times: requests === 0 ? {} : timesOf(total, cell) };
  const rps = requests === 0 ? {} : { rps: numberOf(total, cell, "Requests/s") };
  return {
    format: "locust",
    notes: [],
    content: { kind: "performance", performance: { ...performance, ...rps } },
  };
}

function timesOf(row: readonly string[], cell: Cell) {
  return {
    avg: numberOf(row, cell, "Average Response Time"),
    p50: numberOf(row, cell, "50%"),
    p90: numberOf(row, cell, "90%"),
    p95: numberOf(row, cell, "95%"),
    p99: numberOf(row, cell, "99%"),
    max: numberOf(row, cell, "Max Response Time"),
  };
}

function numberOf(row: readonly string[], cell: Cell, name: string): number {
  const text = cell(row, name);
  const value = text !== undefined && /^\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new ReportFault(`has no number in its column ${name}`);
  return value;
}

function some(notes: readonly string[]): string[] {
  const more = notes.length - MOST_NOTES;
  return more > 0 ? [...notes.slice(0, MOST_NOTES), `and ${more} more`] : [...notes];
}
