import { type Parsed, ReportFault } from "../measures/report.ts";
import { type FileCoverage, HIT, MISSED, type Tallies, unite } from "../measures/tally.ts";
import { linesOf, type Source } from "./source.ts";
import { type Context, sourceFile } from "./source-file.ts";

// No block of a program has more lines; a report that says so wants our memory.
const LONGEST_BLOCK = 100_000;

type Measures = { readonly lines: Tallies; readonly statements: Tallies };

/**
 * The profile of `go test -coverprofile` (`mode: set`, `count` or `atomic`): blocks with a number of statements. A line
 * is covered when a block on it ran. One that was cut off between two lines is whole as far as anybody can tell.
 */
export function readGoCover(source: Source, context: Context): Parsed {
  const files = new Map<string, Measures>();
  for (const [index, line] of linesOf(source).entries()) {
    // Profiles of several packages are often put together with their first lines.
    if (/^mode: (?:set|count|atomic)$/.test(line)) continue;
    const [, name, from, to, statements, count] = /^(.+):(\d+)\.\d+,(\d+)\.\d+ (\d+) (\d+)$/.exec(line) ?? [];
    if (name === undefined) throw new ReportFault(`line ${index + 1}: is no block of a Go cover profile`);
    const [first, last, hit] = [Number(from), Number(to), Number(count) > 0];
    if (!(last >= first && last - first < LONGEST_BLOCK)) {
      throw new ReportFault(`line ${index + 1}: is a block without an end`);
    }
    const file = fileOf(files, sourceFile(name, context));
    unite(file.statements, line.slice(0, line.lastIndexOf(" ")), [
      hit ? Number(statements) : 0,
      Number(statements),
    ]);
    for (let each = first; each <= last; each++) unite(file.lines, each, hit ? HIT : MISSED);
  }
  const covered = new Map<string, FileCoverage>([...files].map(([file, measures]) => [file, { measures }]));
  return { format: "go-cover", notes: [], content: { kind: "coverage", files: covered } };
}

function fileOf(files: Map<string, Measures>, name: string): Measures {
  const known = files.get(name) ?? { lines: new Map(), statements: new Map() };
  files.set(name, known);
  return known;
}
