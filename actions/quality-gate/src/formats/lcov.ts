import { type Parsed, ReportFault } from "../measures/report.ts";
import { type FileCoverage, HIT, type Measure, MISSED, type Tallies, unite } from "../measures/tally.ts";
import { countOf, linesOf, type Source } from "./source.ts";
import { type Context, sourceFile } from "./source-file.ts";

type Measures = { -readonly [Name in Measure]?: Tallies };

/** What one record has said so far, between SF and end_of_record. */
type Record = {
  readonly file: Measures;
  readonly lines: Set<number>;
  /** Functions by the index that LCOV 2.2 gives them. */
  readonly functions: Map<string, boolean>;
  declared: number;
};

/**
 * LCOV's tracefile (geninfo(1)), up to version 2.2. A file that was cut off between two records is whole as far as
 * anybody can tell; anywhere else it is refused.
 */
export function readLcov(source: Source, context: Context): Parsed {
  const files = new Map<string, Measures>();
  let record: Record | undefined;
  let announced = false;
  for (const [index, line] of linesOf(source).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, key = line, rest = ""] = /^([A-Z]+\d?):(.*)$/.exec(line) ?? [];
    const fault = (what: string): ReportFault => new ReportFault(`line ${index + 1}: ${what}`);
    if (key === "TN") {
      announced = true;
      continue;
    }
    if (key === "SF") {
      if (record !== undefined) throw fault("a record starts within another");
      announced = false;
      record = {
        file: fileOf(files, sourceFile(rest, context)),
        lines: new Set(),
        functions: new Map(),
        declared: 0,
      };
    } else if (record === undefined) throw fault("is no line of LCOV, or outside a record");
    else if (line === "end_of_record") {
      if (record.declared > record.lines.size) {
        throw fault(`the record says ${record.declared} lines and has ${record.lines.size}`);
      }
      record = undefined;
    } else add(record, key, rest, fault);
  }
  if (record !== undefined || announced) throw new ReportFault("ends within a record: it was cut off");
  const content = { kind: "coverage" as const, files: coverageOf(files) };
  return { format: "lcov", notes: [], content };
}

const IGNORED = new Set(["VER", "FN", "FNL", "FNF", "FNH", "BRF", "BRH", "LH", "MCDC", "MCF", "MCH", "BA"]);

function add(record: Record, key: string, rest: string, fault: (what: string) => ReportFault): void {
  const { file } = record;
  const parts = rest.split(",");
  if (key === "DA") {
    const line = countOf(parts[0], "the number of a line");
    record.lines.add(line);
    unite(tallies(file, "lines"), line, countOf(parts[1], "the hits of a line") > 0 ? HIT : MISSED);
  } else if (key === "LF") record.declared = countOf(rest, "LF");
  else if (key === "FNDA") {
    const hit = countOf(parts[0], "the calls of a function") > 0;
    unite(tallies(file, "functions"), parts.slice(1).join(","), hit ? HIT : MISSED);
  } else if (key === "FNA") {
    // One function may have several names (instances of a template).
    const hit = countOf(parts[1], "the calls of a function") > 0;
    unite(tallies(file, "functions"), parts.slice(2).join(","), hit ? HIT : MISSED);
  } else if (key === "BRDA") {
    if (parts.length < 4) throw fault("a branch without its parts");
    const taken = parts.at(-1);
    const hit = taken !== "-" && countOf(taken, "the runs of a branch") > 0;
    unite(tallies(file, "branches"), parts.slice(0, -1).join(","), hit ? HIT : MISSED);
  } else if (!IGNORED.has(key)) throw fault("is no line of LCOV");
}

function tallies(file: Measures, measure: Measure): Tallies {
  const known = file[measure] ?? new Map();
  file[measure] = known;
  return known;
}

function fileOf(files: Map<string, Measures>, name: string): Measures {
  const known = files.get(name) ?? { lines: new Map() };
  files.set(name, known);
  return known;
}

function coverageOf(files: ReadonlyMap<string, Measures>): ReadonlyMap<string, FileCoverage> {
  return new Map([...files].map(([file, measures]) => [file, { measures }]));
}
