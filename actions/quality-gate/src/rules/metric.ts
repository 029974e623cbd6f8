import { nearest } from "../../../../shared/runtime/nearest.ts";

/** What a metric counts in: percent of a whole, things, milliseconds, bytes, or things in a second. */
export type Unit = "percent" | "count" | "duration" | "bytes" | "rate";

/** A number that a report can answer, and which way is better; `either` where a rule may bound it from both sides. */
export type Metric = {
  readonly name: string;
  readonly unit: Unit;
  readonly better: "higher" | "lower" | "either";
};

const metric = (name: string, unit: Unit, better: Metric["better"]): Metric => ({ name, unit, better });

/** Every metric with a fixed name. Groups of sizes add `bundle.<name>`, see {@link bundleMetric}. */
export const METRICS: readonly Metric[] = [
  metric("coverage.lines", "percent", "higher"),
  metric("coverage.branches", "percent", "higher"),
  metric("coverage.functions", "percent", "higher"),
  metric("coverage.statements", "percent", "higher"),
  metric("tests.count", "count", "either"),
  metric("tests.passed", "count", "either"),
  metric("tests.failed", "count", "lower"),
  metric("tests.skipped", "count", "lower"),
  metric("security.critical", "count", "lower"),
  metric("security.high", "count", "lower"),
  metric("security.medium", "count", "lower"),
  metric("security.low", "count", "lower"),
  metric("security.info", "count", "lower"),
  metric("security.total", "count", "lower"),
  metric("security.secrets", "count", "lower"),
  metric("security.allowed", "count", "lower"),
  metric("perf.requests", "count", "either"),
  metric("perf.failures", "count", "lower"),
  metric("perf.errors", "percent", "lower"),
  metric("perf.success", "percent", "higher"),
  metric("perf.checks", "percent", "higher"),
  metric("perf.avg", "duration", "lower"),
  metric("perf.p50", "duration", "lower"),
  metric("perf.p90", "duration", "lower"),
  metric("perf.p95", "duration", "lower"),
  metric("perf.p99", "duration", "lower"),
  metric("perf.max", "duration", "lower"),
  metric("perf.rps", "rate", "either"),
  metric("bundle.total", "bytes", "either"),
  metric("bundle.raw", "bytes", "either"),
  metric("bundle.largest", "bytes", "either"),
  metric("bundle.files", "count", "either"),
];

const byName = new Map(METRICS.map((each) => [each.name, each]));

/** The metric of a group of sizes. */
export function bundleMetric(group: string): Metric {
  return metric(`bundle.${group}`, "bytes", "either");
}

/** The metric with this name; `groups` are the names of the groups of sizes. */
export function findMetric(name: string, groups: readonly string[]): Metric | undefined {
  const group = groups.find((each) => name === `bundle.${each}`);
  return byName.get(name) ?? (group === undefined ? undefined : bundleMetric(group));
}

/** The name that was probably meant. */
export function nearestMetric(name: string, groups: readonly string[]): string | undefined {
  return nearest(name, [...byName.keys(), ...groups.map((group) => `bundle.${group}`)]);
}
