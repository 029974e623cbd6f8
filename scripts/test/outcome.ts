/** What became of one test. */
export type TestOutcome = {
  /** Path of the test file, relative to the root. */
  readonly file: string;
  /** The names of its suites and its own, joined by " > ". */
  readonly name: string;
  readonly state: "passed" | "failed" | "skipped";
  readonly durationMs: number;
  /** How many cases it went through, if it counted them. */
  readonly cases: number | undefined;
  /** The parts of the machine for want of which it did not run. */
  readonly needs: readonly string[];
};

export type RunOutcome = {
  readonly tests: readonly TestOutcome[];
  /** Failures outside any test: files that could not be loaded, hooks, unhandled errors. */
  readonly otherFailures: number;
};

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** Of the missing parts, those for want of which tests were skipped, with the number of these tests. */
export function neededParts(tests: readonly TestOutcome[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const part of tests.flatMap((test) => test.needs)) counts.set(part, (counts.get(part) ?? 0) + 1);
  return counts;
}

/**
 * The verdict in numbers. Where parts must be there (in CI), each one that tests missed counts as a failure, but not
 * those that are only installed on asking; so does a run in which no test ran at all, because it proves nothing.
 */
export function countOutcome(
  { tests, otherFailures }: RunOutcome,
  partsMustBeThere: boolean,
  onAsking: readonly string[] = [],
): Counts {
  const count = (state: TestOutcome["state"]) => tests.filter((test) => test.state === state).length;
  const lacking = [...neededParts(tests).keys()].filter((part) => !onAsking.includes(part));
  const passed = count("passed");
  const failed = count("failed") + otherFailures + (partsMustBeThere ? lacking.length : 0);
  return { passed, failed: passed + failed === 0 ? 1 : failed, skipped: count("skipped") };
}

/** "N passed, N failed", with ", N skipped" where some were: the form that build servers look for. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** The slowest tests, one line each, longest first. */
export function slowestLines(tests: readonly TestOutcome[], limit = 10): string[] {
  return [...tests]
    .filter((test) => test.state !== "skipped")
    .sort((a, b) => b.durationMs - a.durationMs)
    .slice(0, limit)
    .map((test) => `${(test.durationMs / 1_000).toFixed(2).padStart(8)} s  ${test.file} > ${test.name}`);
}
