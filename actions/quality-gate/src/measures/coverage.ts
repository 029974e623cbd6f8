import type { Measurement, Measurements } from "./measurement.ts";
import { type Report, ReportFault } from "./report.ts";
import {
  type FileCoverage,
  MEASURES,
  type Measure,
  sumOf,
  type Tallies,
  type Tally,
  unite,
} from "./tally.ts";

/** Of one source file: what is covered of each measure. */
export type FileTotals = { readonly [Name in Measure]?: Tally };

export type Coverage = {
  readonly measured: Measurements;
  readonly files: ReadonlyMap<string, FileTotals>;
};

/**
 * All coverage reports as one: of a file that several of them know, what any of them saw run is covered. Percentages are
 * of everything together, never the mean of percentages.
 * Throws ReportFault where two reports of a file cannot be united.
 */
export function mergeCoverage(reports: readonly Report[]): Coverage {
  const files = new Map<string, { from: string; coverage: FileCoverage }>();
  const sources = new Map<Measure, Set<string>>();
  for (const { path, content } of reports) {
    if (content.kind !== "coverage") continue;
    for (const [file, coverage] of content.files) {
      for (const measure of MEASURES) {
        if (coverage.measures[measure] === undefined) continue;
        const known = sources.get(measure) ?? new Set();
        sources.set(measure, known.add(path));
      }
      const known = files.get(file);
      if (known === undefined) files.set(file, { from: path, coverage });
      else files.set(file, { from: path, coverage: united(file, known, { from: path, coverage }) });
    }
  }
  const totals = new Map([...files].map(([file, { coverage }]) => [file, totalsOf(coverage)]));
  const measured = new Map<string, Measurement>();
  for (const [measure, paths] of sources) {
    const [covered, total] = sumOf(
      [...totals.values()].flatMap((each) => (each[measure] ? [each[measure]] : [])),
    );
    // Of nothing, no share is covered.
    if (total > 0)
      measured.set(`coverage.${measure}`, { value: (100 * covered) / total, sources: [...paths] });
  }
  return { measured, files: totals };
}

type Known = { readonly from: string; readonly coverage: FileCoverage };

function united(file: string, one: Known, other: Known): FileCoverage {
  if (one.coverage.totalsOnly || other.coverage.totalsOnly) {
    throw new ReportFault(
      `${one.from} and ${other.from} both have ${file}, and a summary of totals cannot be united with another report`,
      "Give the reports with lines (coverage-final.json, lcov.info) instead of coverage-summary.json.",
    );
  }
  const measures: { [Name in Measure]?: Tallies } = {};
  for (const measure of MEASURES) {
    const [first, second] = [one.coverage.measures[measure], other.coverage.measures[measure]];
    if (first === undefined && second === undefined) continue;
    const tallies: Tallies = new Map(first);
    for (const [key, tally] of second ?? []) unite(tallies, key, tally);
    measures[measure] = tallies;
  }
  return { measures };
}

function totalsOf({ measures }: FileCoverage): FileTotals {
  const totals = MEASURES.flatMap((measure) => {
    const tallies = measures[measure];
    return tallies === undefined ? [] : [[measure, sumOf(tallies.values())] as const];
  });
  return Object.fromEntries(totals);
}
