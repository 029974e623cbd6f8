import { type Parsed, ReportFault } from "../measures/report.ts";
import { type FileCoverage, HIT, MISSED, type Tallies, unite } from "../measures/tally.ts";
import { linesOf, type Source } from "./source.ts";
import { type Context, sourceFile } from "./source-file.ts";

// No block of a program has more lines; a report that says so wants our memory.
const LONGEST_BLOCK = 100_000;
const MOST_LINES = 20_000_000;

type Measures = { readonly lines: Tallies; readonly statements: Tallies };

/**
 * The profile of `go test -coverprofile` (`mode: set`, `count` or `atomic`): blocks with a number of statements. A line
 * is covered when a block on it ran. One that was cut off between two lines is whole as far as anybody can tell.
 */
export function readGoCover(source: Source, context: Context): Parsed {
  const blocks = blocksOf(source);
  if (blocks.reduce((sum, { first, last }) => sum + last - first, 0) > MOST_LINES) {
    throw new ReportFault("has blocks over more than 20 million lines");
  }
  const files = new Map<string, Measures>();
  for (const { name, key, first, last, statements, hit } of blocks) {
    const file = fileOf(files, sourceFile(name, context));
    unite(file.statements, key, [hit ? statements : 0, statements]);
    for (let line = first; line <= last; line++) unite(file.lines, line, hit ? HIT : MISSED);
  }
  const covered = new Map<string, FileCoverage>([...files].map(([file, measures]) => [file, { measures }]));
  return { format: "go-cover", notes: [], content: { kind: "coverage", files: covered } };
}

type Block = {
  readonly name: string;
  /** The file, the place and the size of the block: the same in every profile of one program. */
  readonly key: string;
  readonly first: number;
  readonly last: number;
  readonly statements: number;
  readonly hit: boolean;
};

function blocksOf(source: Source): Block[] {
  return linesOf(source).flatMap((line, index) => {
    // Profiles of several packages are often put together with their first lines.
    if (/^mode: (?:set|count|atomic)$/.test(line)) return [];
    const [, name, from, to, size, count] = /^(.+):(\d+)\.\d+,(\d+)\.\d+ (\d{1,9}) (\d+)$/.exec(line) ?? [];
    if (name === undefined) throw new ReportFault(`line ${index + 1}: is no block of a Go cover profile`);
    const [first, last] = [Number(from), Number(to)];
    if (!(last >= first && last - first < LONGEST_BLOCK)) {
      throw new ReportFault(`line ${index + 1}: is a block without an end`);
    }
    const key = line.slice(0, line.lastIndexOf(" "));
    return [{ name, key, first, last, statements: Number(size), hit: Number(count) > 0 }];
  });
}

function fileOf(files: Map<string, Measures>, name: string): Measures {
  const known = files.get(name) ?? { lines: new Map(), statements: new Map() };
  files.set(name, known);
  return known;
}
