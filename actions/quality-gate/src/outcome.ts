import type { Annotation } from "../../../shared/runtime/annotations.ts";
import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import type { Where } from "../../../shared/runtime/user-error.ts";
import { badgeOf } from "./badge.ts";
import { detailsOf } from "./details.ts";
import type { AllowUse } from "./measures/allow-list.ts";
import type { Counted } from "./measures/security.ts";
import {
  hasPassed,
  isFailed,
  metricsOf,
  type Results,
  standing,
  TEST_METRICS,
  unruledReports,
} from "./results.ts";
import type { Judged } from "./rules/judge.ts";
import { TIERS } from "./rules/rule.ts";
import { summaryOf } from "./summary.ts";

/** Everything the user sees of a finished run, out of its results. Pure. */
export function outcomeOf(results: Results): Outcome {
  return {
    result: hasPassed(results) ? "passed" : "failed",
    failures: failuresOf(results),
    annotations: [...failedTests(results), ...findings(results), ...warnings(results)],
    outputs: outputsOf(results),
    summary: summaryOf(results),
    details: detailsOf(results),
    files: [{ output: "badge", name: "badge.json", content: (redact) => badgeOf(results, redact) }],
  };
}

function failuresOf({ judged, problems, security }: Results): Failure[] {
  return [
    ...problems.map(({ message, hint }) => ({
      title: "quality-gate: report",
      message: remoteLine(message, { max: 1_000 }),
      hint,
    })),
    ...judged.filter(isFailed).map((each) => ({
      title: `quality-gate: ${each.rule.metric.name}`,
      message: `${each.rule.text}: ${each.why}.`,
      hint: hintOf(each),
      where: each.rule.where,
    })),
    ...security.uses
      .filter(({ state }) => state === "expired")
      .map(({ id, owner, reason, expires, where }) => ({
        title: "quality-gate: allow-list",
        message: `allow: ${id} expired on ${expires}. ${owner} let it pass because: ${reason}.`,
        hint: "Mend what it names and take the entry away, or decide again and set another day.",
        where,
      })),
  ];
}

function hintOf({ status, rule }: Judged): string {
  switch (status) {
    case "unanswered":
      return `Add a report that has ${rule.metric.name}, or remove the rule.`;
    case "no-baseline":
      return "Give the report of the base branch as baseline. On the first run, set baseline-missing to accept.";
    default:
      return "The job summary shows what it is made of.";
  }
}

function failedTests({ cases, judged }: Results): Annotation[] {
  const level = standing(judged, TEST_METRICS) === "failed" ? "error" : "warning";
  return cases
    .filter(({ outcome }) => outcome === "failed")
    .map(({ suite, name, message, file, line }) => ({
      level,
      title: `Test failed: ${remoteLine(name, { max: 150 })}`,
      message: remoteLine(`${suite === "" ? "" : `${suite}: `}${message?.trim() || "no message"}`, {
        max: 1_000,
      }),
      where: placeOf(file, line),
    }));
}

/** Findings that a rule counts; the others stand in the summary. */
function findings({ security, judged }: Results): Annotation[] {
  return security.findings.flatMap((finding): Annotation[] => {
    const state = standing(judged, metricsOf(finding));
    if (state === "unruled") return [];
    return [
      {
        level: state === "failed" ? "error" : "warning",
        title: `${remoteLine(finding.id, { max: 100 })}: ${finding.severity}`,
        message: findingText(finding),
        where: placeOf(finding.file, finding.line),
      },
    ];
  });
}

function findingText({ title, tool, package: name, version, unknownSeverity, severity }: Counted): string {
  const what = name === undefined ? "" : `${[name, version].filter(Boolean).join(" ")}: `;
  const severe = unknownSeverity ? ` Its severity is unknown and counts as ${severity}.` : "";
  return `${remoteLine(`${what}${title}`, { max: 500 })} (${remoteLine(tool, { max: 60 })})${severe}`;
}

/** Only what may be a file of the repository: anything else would be a link to nowhere. */
function placeOf(file: string | undefined, line: number | undefined): Where {
  if (file === undefined || file.startsWith("/") || file.startsWith("..") || /[\r\n]/.test(file)) return {};
  return { file, ...(line === undefined ? {} : { line }) };
}

function warnings(results: Results): Annotation[] {
  const { judged, security } = results;
  const level = "warning" as const;
  return [
    ...judged
      .filter(({ status }) => status === "waived")
      .map(({ rule, why }) => ({
        ...{ level, title: `quality-gate: ${rule.metric.name} was not gated`, where: rule.where },
        message: `${rule.text}: ${why}. That was accepted because baseline-missing is accept.`,
      })),
    ...unruledReports(results).map(({ path, format }) => ({
      ...{ level, title: "quality-gate: a report without a rule" },
      message: `${remoteLine(path)} (${format}) was read, and no rule is about it: it decides nothing.`,
    })),
    ...security.uses.flatMap((use) => {
      const message = uselessEntry(use);
      return message === undefined
        ? []
        : [{ level, title: "quality-gate: allow-list", message, where: use.where }];
    }),
  ];
}

function uselessEntry({ state, id, owner }: AllowUse): string | undefined {
  if (state === "unused") return `allow: ${id} (${owner}) lets nothing pass any more. Remove the entry.`;
  if (state !== "too-wide") return undefined;
  return `allow: ${id} (${owner}) names a rule and not one finding: it would let pass all that the rule will ever find. Add file.`;
}

function outputsOf({ judged, measured }: Results): Outcome["outputs"] {
  const value = (name: string): number | string => measured.get(name)?.value ?? "";
  const tiers = judged.flatMap(({ tier }) => tier ?? []);
  const order = [...TIERS, "failed"] as const;
  return {
    "failed-rules": judged.filter(isFailed).length,
    metrics: JSON.stringify(Object.fromEntries([...measured].map(([name, each]) => [name, each.value]))),
    tier: order.findLast((tier) => tiers.includes(tier)) ?? "",
    "coverage-lines": value("coverage.lines"),
    "coverage-branches": value("coverage.branches"),
    "tests-count": value("tests.count"),
    "tests-failed": value("tests.failed"),
    "security-critical": value("security.critical"),
    "security-high": value("security.high"),
    "security-medium": value("security.medium"),
    "security-low": value("security.low"),
    "security-total": value("security.total"),
    "perf-p95-ms": value("perf.p95"),
    "perf-errors": value("perf.errors"),
    "perf-success": value("perf.success"),
    "bundle-total": value("bundle.total"),
  };
}
