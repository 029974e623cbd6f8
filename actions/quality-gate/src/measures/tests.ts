import { type Measurements, measurements } from "./measurement.ts";
import type { Report, TestCase } from "./report.ts";

/** The numbers of all test reports together. A skipped test has not run and is not counted as one. */
export function countTests(cases: readonly TestCase[], sources: readonly string[]): Measurements {
  if (sources.length === 0) return new Map();
  const count = (outcome: TestCase["outcome"]): number =>
    cases.filter((each) => each.outcome === outcome).length;
  const [passed, failed, skipped] = [count("passed"), count("failed"), count("skipped")];
  return measurements(
    {
      "tests.count": passed + failed,
      "tests.passed": passed,
      "tests.failed": failed,
      "tests.skipped": skipped,
    },
    sources,
  );
}

/** The cases of all test reports. */
export function casesOf(reports: readonly Report[]): TestCase[] {
  return reports.flatMap(({ content }) => (content.kind === "tests" ? content.cases : []));
}
