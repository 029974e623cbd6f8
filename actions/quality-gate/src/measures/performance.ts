import { type Measurements, measurements } from "./measurement.ts";
import type { Performance, Report } from "./report.ts";

const TIMES = ["avg", "p50", "p90", "p95", "p99", "max"] as const;

/**
 * Several load tests as one. Requests and failures add up. Percentiles cannot: the largest one stands, because at least
 * as large a share of all requests is below it. The mean is weighted by requests, and the lowest rate stands.
 */
export function mergePerformance(reports: readonly Report[]): Measurements {
  const tests = reports.flatMap(({ path, content }) =>
    content.kind === "performance" ? [{ path, ...content.performance }] : [],
  );
  if (tests.length === 0) return new Map();
  const requests = sum(tests, (test) => test.requests);
  const failures = allOf(tests, (test) => test.failures);
  const judged = sum(tests, (test) => test.judged ?? test.requests);
  const checked = tests.flatMap(({ checks }) => (checks === undefined ? [] : [checks]));
  const checks = sum(checked, ({ total }) => total);
  const failed = failures === undefined || judged === 0 ? undefined : sum(failures, Number);
  const values: Record<string, number | undefined> = {
    "perf.requests": requests,
    "perf.failures": failed,
    "perf.errors": failed === undefined ? undefined : (100 * failed) / judged,
    "perf.success": failed === undefined ? undefined : (100 * (judged - failed)) / judged,
    "perf.checks": checks === 0 ? undefined : (100 * sum(checked, ({ passed }) => passed)) / checks,
    "perf.rps": least(allOf(tests, ({ rps }) => rps)),
  };
  for (const name of TIMES) {
    const times = allOf(tests, (test) => test.times[name]);
    values[`perf.${name}`] = name === "avg" ? mean(tests, times, requests) : times && Math.max(...times);
  }
  return measurements(
    values,
    tests.map(({ path }) => path),
  );
}

/** Undefined as soon as one does not know: what only some of the tests measured is not true of all. */
function allOf<T>(tests: readonly T[], read: (test: T) => number | undefined): number[] | undefined {
  const values = tests.map(read);
  return values.every((value) => value !== undefined) ? values : undefined;
}

function sum<T>(items: readonly T[], read: (item: T) => number): number {
  return items.reduce((total, item) => total + read(item), 0);
}

function least(values: readonly number[] | undefined): number | undefined {
  return values === undefined ? undefined : Math.min(...values);
}

function mean(
  tests: readonly Performance[],
  times: readonly number[] | undefined,
  requests: number,
): number | undefined {
  if (times === undefined) return undefined;
  return tests.reduce((total, test, index) => total + test.requests * (times[index] ?? 0), 0) / requests;
}
