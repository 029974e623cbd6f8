import * as z from "zod";
import type { Parsed } from "../measures/report.ts";
import { type FileCoverage, HIT, MISSED, type Tallies, unite } from "../measures/tally.ts";
import { asWritten, count, entriesAsWritten } from "./json.ts";
import { type Context, sourceFile } from "./source-file.ts";

const place = z.looseObject({ start: z.looseObject({ line: z.int() }) });
const hits = z.record(z.string(), z.number());

const file = z.looseObject({
  path: z.string().optional(),
  statementMap: z.record(z.string(), place),
  fnMap: z.record(z.string(), z.unknown()),
  branchMap: z.record(z.string(), z.unknown()),
  s: hits,
  f: hits,
  b: z.record(z.string(), z.array(z.number())),
});

const tally = z.looseObject({ total: count, covered: count });
const totals = z.looseObject({ lines: tally, statements: tally, functions: tally, branches: tally });

/** Istanbul's coverage-final.json, as nyc, c8, Jest and Vitest write it. A line is covered when a statement on it ran. */
export function readIstanbul(value: Readonly<Record<string, unknown>>, context: Context): Parsed {
  const files = new Map<string, FileCoverage>();
  for (const [name, entry] of entriesAsWritten(file, value, "Istanbul")) {
    const lines: Tallies = new Map();
    for (const [id, { start }] of Object.entries(entry.statementMap)) {
      unite(lines, start.line, mark(entry.s[id]));
    }
    const branches: Tallies = new Map();
    for (const [id, ways] of Object.entries(entry.b)) {
      for (const [index, taken] of ways.entries()) branches.set(`${id} ${index}`, mark(taken));
    }
    const measures = {
      lines,
      branches,
      functions: marks(Object.keys(entry.fnMap), entry.f),
      statements: marks(Object.keys(entry.statementMap), entry.s),
    };
    files.set(sourceFile(entry.path ?? name, context), { measures });
  }
  return { format: "istanbul", notes: [], content: { kind: "coverage", files } };
}

/** Istanbul's coverage-summary.json: totals of each file. That of all is left aside: it adds up what is here. */
export function readIstanbulSummary(value: Readonly<Record<string, unknown>>, context: Context): Parsed {
  const files = new Map<string, FileCoverage>();
  const { total, ...each } = value;
  const entries = entriesAsWritten(totals, each, "Istanbul");
  // With only the sum, the sum has to do.
  const counted = entries.length > 0 ? entries : entriesAsWritten(totals, { total }, "Istanbul");
  for (const [name, entry] of counted) {
    const whole = ({ covered, total: all }: z.output<typeof tally>): Tallies =>
      new Map([["all", [Math.min(covered, all), all]]]);
    const measures = {
      lines: whole(entry.lines),
      statements: whole(entry.statements),
      functions: whole(entry.functions),
      branches: whole(entry.branches),
    };
    files.set(sourceFile(name, context), { measures, totalsOnly: true });
  }
  asWritten(totals, total, "Istanbul");
  return { format: "istanbul-summary", notes: [], content: { kind: "coverage", files } };
}

function marks(ids: readonly string[], counts: Readonly<Record<string, number>>): Tallies {
  return new Map(ids.map((id) => [id, mark(counts[id])]));
}

function mark(runs: number | undefined): typeof HIT {
  return (runs ?? 0) > 0 ? HIT : MISSED;
}
