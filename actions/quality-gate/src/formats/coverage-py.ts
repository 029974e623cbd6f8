import * as z from "zod";
import { type Parsed, ReportFault } from "../measures/report.ts";
import { type FileCoverage, HIT, MISSED, type Tallies, unite } from "../measures/tally.ts";
import { asWritten, dictionary, entriesAsWritten } from "./json.ts";
import { type Context, sourceFile } from "./source-file.ts";

const lineNumbers = z.array(z.int());
const branches = z.array(z.tuple([z.int(), z.int()]));

const document = z.looseObject({
  meta: z.looseObject({ version: z.string(), format: z.int().optional() }),
  files: dictionary,
});

const file = z.looseObject({
  executed_lines: lineNumbers,
  missing_lines: lineNumbers,
  executed_branches: branches.optional(),
  missing_branches: branches.optional(),
});

/** `coverage json` of coverage.py: formats 2 and 3, and that before them, which has no number. */
export function readCoveragePy(value: unknown, context: Context): Parsed {
  const { meta, files } = asWritten(document, value, "coverage.py");
  if (meta.format !== undefined && ![1, 2, 3].includes(meta.format)) {
    throw new ReportFault(`has format ${meta.format} of coverage.py, which this version does not know`);
  }
  const covered = new Map<string, FileCoverage>();
  for (const [name, entry] of entriesAsWritten(file, files, "coverage.py")) {
    const lines: Tallies = new Map();
    for (const line of entry.missing_lines) unite(lines, line, MISSED);
    for (const line of entry.executed_lines) unite(lines, line, HIT);
    const arcs: Tallies = new Map();
    for (const arc of entry.missing_branches ?? []) unite(arcs, arc.join(" "), MISSED);
    for (const arc of entry.executed_branches ?? []) unite(arcs, arc.join(" "), HIT);
    covered.set(sourceFile(name, context), {
      measures: { lines, ...(entry.executed_branches === undefined ? {} : { branches: arcs }) },
    });
  }
  return { format: "coverage-py", notes: [], content: { kind: "coverage", files: covered } };
}
