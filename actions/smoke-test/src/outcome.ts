import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import { junitOf } from "./junit.ts";
import { type CheckResult, count, type Results } from "./result.ts";
import { summaryOf } from "./summary.ts";

/** Everything the user sees of a finished run, out of its results. Pure. */
export function outcomeOf(results: Results): Outcome {
  const { passed, failed, skipped } = count(results.checks);
  // Nothing checked is nothing proven.
  const none: Failure[] =
    passed + failed === 0
      ? [{ title: "smoke-test", message: "No check was run.", hint: "Add checks to the file." }]
      : [];
  const failures = [...results.checks.filter(({ status }) => status === "failed").map(failureOf), ...none];
  return {
    result: failures.length === 0 ? "passed" : "failed",
    failures,
    outputs: {
      passed,
      failed,
      skipped,
      "p95-ms": highestP95(results),
      version: [...new Set(results.version?.seen.flatMap(({ version }) => version ?? []))].join(","),
    },
    summary: summaryOf(results),
    details: {
      counts: { passed, failed, skipped },
      version: results.version,
      checks: results.checks,
      load: results.loads,
    },
    files: [{ output: "junit", name: "junit.xml", content: (redact) => junitOf(results, redact) }],
  };
}

function failureOf({ name, problems, hint, where }: CheckResult): Failure {
  const failure = { title: `smoke-test: ${name}`, message: `${name}: ${problems.join("; ")}.`, where };
  return hint === undefined ? failure : { ...failure, hint };
}

function highestP95({ loads }: Results): string {
  const values = loads.flatMap(({ percentiles }) => percentiles.p95 ?? []);
  return values.length === 0 ? "" : String(Math.round(Math.max(...values) * 10) / 10);
}
