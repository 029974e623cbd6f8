import path from "node:path";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { readBaseline } from "./baseline.ts";
import { type Problem, readReports } from "./files/read-reports.ts";
import { readSizes } from "./files/read-sizes.ts";
import type { Inputs } from "./inputs.ts";
import { problemLine, reportLine, ruleLine } from "./log-line.ts";
import { measureBundle } from "./measures/bundle.ts";
import { type Coverage, mergeCoverage } from "./measures/coverage.ts";
import type { Measurements } from "./measures/measurement.ts";
import { mergePerformance } from "./measures/performance.ts";
import { type Report, ReportFault } from "./measures/report.ts";
import { countFindings } from "./measures/security.ts";
import { casesOf, countTests } from "./measures/tests.ts";
import { outcomeOf } from "./outcome.ts";
import type { Results } from "./results.ts";
import { judge } from "./rules/judge.ts";
import { readSettings, type Settings } from "./settings.ts";

/** The action: reads the reports, measures, and judges the rules. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const settings = await readSettings(inputs);
  const results = await gather(settings, inputs, runtime);
  for (const judged of results.judged) runtime.log.info(ruleLine(judged));
  return outcomeOf(results);
}

async function gather(
  settings: Settings,
  inputs: Inputs,
  { log, env, signal, clock }: Runtime,
): Promise<Results> {
  const workspace = path.resolve(env["GITHUB_WORKSPACE"] || ".");
  const roots = { workspace, temp: env["RUNNER_TEMP"] };
  const baseline = inputs.baseline === undefined ? undefined : await readBaseline(inputs.baseline, roots);
  const { reports, problems, notes } = await log.group("Reports", async () => {
    const limits = { roots, maxBytes: inputs.maxReportSize, context: { workspace, signal } };
    const read = await readReports(settings.reports, limits, (report) => log.info(reportLine(report)));
    for (const problem of read.problems) log.info(problemLine(problem));
    return read;
  });
  const sizes = await readSizes(settings.sizes, roots, signal);
  for (const problem of sizes.problems) log.info(problemLine(problem));

  const coverage = tryMerge(reports);
  const cases = casesOf(reports);
  const { allow, rules } = settings;
  const { unknownSeverity, title } = inputs;
  const security = countFindings(reports, { allow, unknownSeverity, now: clock.now() });
  const groups = [...new Set(settings.sizes.flatMap(({ group }) => group ?? []))];
  const tested = reports.filter(({ content }) => content.kind === "tests").map((report) => report.path);
  const measured = new Map([
    ...coverage.measured,
    ...countTests(cases, tested),
    ...security.measured,
    ...mergePerformance(reports),
    ...measureBundle(sizes.files, groups),
  ]);
  const acceptMissingBaseline = inputs.baselineMissing === "accept";
  return {
    title,
    judged: judge(rules, { measured, baseline: baseline?.metrics, acceptMissingBaseline }),
    measured,
    reports,
    problems: [...problems, ...sizes.problems, ...coverage.problems, ...idleTests(measured)],
    notes,
    ...{ cases, security, sizes: sizes.files, baseline },
    files: coverage.files,
  };
}

/** Reports that cannot be united answer no rule about coverage. */
function tryMerge(reports: readonly Report[]): Coverage & { readonly problems: readonly Problem[] } {
  try {
    return { ...mergeCoverage(reports), problems: [] };
  } catch (error) {
    if (!(error instanceof ReportFault)) throw error;
    const problem = { path: "coverage", message: `Coverage: ${error.message}.`, hint: error.hint };
    return { measured: new Map(), files: new Map(), problems: [problem] };
  }
}

/** Each report may be of a class of tests that was skipped, but not all of them. */
function idleTests(measured: Measurements): Problem[] {
  if (measured.get("tests.count")?.value !== 0) return [];
  const message = "Tests: every test was skipped.";
  return [
    {
      path: "tests",
      message,
      hint: "Nothing run is nothing proven: does the runner choose the right tests?",
    },
  ];
}
