import type { Baseline } from "./baseline.ts";
import type { Problem } from "./files/read-reports.ts";
import type { SizedFile } from "./measures/bundle.ts";
import type { FileTotals } from "./measures/coverage.ts";
import type { Measurements } from "./measures/measurement.ts";
import type { Report, TestCase } from "./measures/report.ts";
import type { Counted, Security } from "./measures/security.ts";
import type { Judged } from "./rules/judge.ts";

/** All that is known at the end of a run. What the user sees is made of it, and of nothing else. */
export type Results = {
  readonly title: string;
  readonly judged: readonly Judged[];
  readonly measured: Measurements;
  readonly reports: readonly Report[];
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
  readonly cases: readonly TestCase[];
  readonly security: Security;
  readonly sizes: readonly SizedFile[];
  readonly files: ReadonlyMap<string, FileTotals>;
  readonly baseline: Baseline | undefined;
};

/** Whether a rule has not held: it is broken, or nothing could answer it. */
export function isFailed({ status }: Judged): boolean {
  return status === "broken" || status === "unanswered" || status === "no-baseline";
}

/** Whether nothing at all is wrong. */
export function hasPassed({ judged, problems, security }: Results): boolean {
  const expired = security.uses.some(({ state }) => state === "expired");
  return judged.length > 0 && !judged.some(isFailed) && problems.length === 0 && !expired;
}

/** What rules make of a finding or a failed test: `failed` when a rule that counts it has not held. */
export function standing(
  judged: readonly Judged[],
  metrics: readonly string[],
): "failed" | "held" | "unruled" {
  const rules = judged.filter(({ rule }) => metrics.includes(rule.metric.name));
  if (rules.length === 0) return "unruled";
  return rules.some(isFailed) ? "failed" : "held";
}

/** The metrics in which a finding counts. */
export function metricsOf({ severity, category, allowed }: Counted): string[] {
  if (allowed) return [];
  return ["security.total", `security.${severity}`, ...(category === "secret" ? ["security.secrets"] : [])];
}

/** The metrics that a failed test counts in. */
export const TEST_METRICS: readonly string[] = ["tests.failed"];

const PREFIXES = {
  coverage: "coverage.",
  tests: "tests.",
  security: "security.",
  performance: "perf.",
} as const;

/** Reports that were read and that no rule looks at. */
export function unruledReports({ reports, judged }: Results): Report[] {
  return reports.filter(({ content }) => {
    if (content.kind === "detail") return false;
    const prefix = PREFIXES[content.kind];
    return !judged.some(({ rule }) => rule.metric.name.startsWith(prefix));
  });
}
