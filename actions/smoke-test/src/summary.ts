import { code, details, heading, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import { MARKS } from "./log-line.ts";
import { type CheckResult, count, type Results } from "./result.ts";
import { formatUnit } from "./threshold.ts";

// A longer table is no longer read; what passed is folded then.
const LONGEST_TABLE = 30;

/** The job summary: the verdict, the version, every check, and the load samples. Pure. */
export function summaryOf(results: Results): string[] {
  const { checks, version, loads, durationMs } = results;
  const { passed, failed, skipped } = count(checks);
  const ok = failed === 0 && passed > 0;
  const counts = [
    `${passed} passed`,
    failed > 0 ? `${failed} failed` : "",
    skipped > 0 ? `${skipped} skipped` : "",
  ];
  const sections = [
    heading(3, `${ok ? MARKS.passed : MARKS.failed} Smoke test ${ok ? "passed" : "failed"}`),
    paragraph(`${plain(counts.filter(Boolean).join(", "))} in ${plain(formatDuration(durationMs))}.`),
  ];
  if (version !== undefined) sections.push(paragraph(versionLine(version)));
  if (checks.length <= LONGEST_TABLE) {
    sections.push(checkTable(checks));
  } else {
    const bad = checks.filter(({ status }) => status !== "passed");
    if (bad.length > 0) sections.push(checkTable(bad));
    sections.push(
      details(`${passed} passed`, checkTable(checks.filter(({ status }) => status === "passed"))),
    );
  }
  if (loads.length > 0) sections.push(heading(4, "Load samples"), loadTable(loads));
  return sections;
}

function versionLine({ expected, seen }: NonNullable<Results["version"]>): string {
  const others = seen.filter(({ version }) => version !== expected);
  if (others.length === 0) return `Version ${code(expected)} is what is running.`;
  const shown = others.map(
    ({ origin, version }) => `${version === null ? "none" : code(version)} at ${plain(origin)}`,
  );
  return `Expected version ${code(expected)}; last seen ${shown.join(", ")}.`;
}

function checkTable(checks: readonly CheckResult[]): string {
  return table({
    columns: [
      { title: "Check" },
      { title: "Kind" },
      { title: "Result" },
      { title: "Attempts", align: "right" },
      { title: "Time", align: "right" },
    ],
    rows: checks.map((check) => [
      `${MARKS[check.status]} ${plain(check.name)}`,
      plain(check.kind),
      resultCell(check),
      check.status === "skipped" ? "" : String(check.attempts),
      check.status === "skipped" ? "" : plain(formatDuration(check.durationMs)),
    ]),
  });
}

function resultCell({ status, problems, hint, seen }: CheckResult): string {
  if (status === "passed") return plain(seen ?? "passed");
  const lines = problems.map(plain);
  if (status === "failed" && hint !== undefined) lines.push(`<sub>${plain(hint)}</sub>`);
  return lines.join("<br>");
}

function loadTable(loads: Results["loads"]): string {
  const ms = (value: number | null): string => (value === null ? "" : plain(formatDuration(value)));
  const right = "right" as const;
  return table({
    columns: [
      { title: "Sample" },
      { title: "Requests", align: right },
      { title: "p50", align: right },
      { title: "p90", align: right },
      { title: "p95", align: right },
      { title: "p99", align: right },
      { title: "Slowest", align: right },
      { title: "Errors", align: right },
    ],
    rows: loads.map(({ name, percentiles: p }) => [
      plain(name),
      String(p.samples),
      ms(p.p50),
      ms(p.p90),
      ms(p.p95),
      ms(p.p99),
      ms(p.max),
      `${p.errors} (${formatUnit(p.errorPercent, "percent")})`,
    ]),
  });
}
