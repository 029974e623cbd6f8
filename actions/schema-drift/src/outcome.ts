import type { Annotation } from "../../../shared/runtime/annotations.ts";
import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { heading, paragraph, plain } from "../../../shared/runtime/summary.ts";
import type { Judged } from "./apply-policy.ts";
import type { Remark } from "./finding.ts";
import { repairScript } from "./repair-script.ts";
import type { Results } from "./results.ts";
import { gravest, SEVERITIES, type Severity } from "./severity.ts";
import { MARKS, summaryOf } from "./summary.ts";

/** Everything the user sees of a finished run, out of its results. Pure. */
export function outcomeOf(results: Results): Outcome {
  const { findings, expired, pending, fingerprint } = results;
  const counts = countsOf(findings);
  const drift = findings.some(({ severity }) => severity !== "info");
  const failures = findings.filter(({ fails }) => fails).map(failureOf);
  return {
    result: drift ? "drift" : "clean",
    failures,
    annotations: [
      ...expired.map(({ rule, hides }) => expiredWarning(rule, hides)),
      ...findings.filter(({ fails }) => !fails).map(annotationOf),
    ],
    outputs: {
      drift,
      severity: gravest(findings.map(({ severity }) => severity)) ?? "",
      critical: counts.critical,
      major: counts.major,
      minor: counts.minor,
      fingerprint,
      changed: "",
      pending: pending?.count ?? 0,
    },
    summary: summaryOf(results),
    details: detailsOf(results, counts),
    files: [{ output: "repair-sql", name: "repair.sql", content: (redact) => redact(repairScript(results)) }],
  };
}

export function countsOf(findings: readonly Judged[]): Record<Severity, number> {
  const count = (severity: Severity): number => findings.filter((each) => each.severity === severity).length;
  return Object.fromEntries(SEVERITIES.map((severity) => [severity, count(severity)])) as Record<
    Severity,
    number
  >;
}

function detailsOf(results: Results, counts: Record<Severity, number>): Record<string, unknown> {
  const {
    environment,
    target,
    baseline,
    objects,
    policy,
    findings,
    ignored,
    notCompared,
    pending,
    fingerprint,
  } = results;
  return {
    ...{ environment, target, baseline, objects, counts, fingerprint },
    policy: {
      failOn: policy.failOn,
      unexpected: policy.unexpected,
      partitions: policy.partitions,
      schemas: policy.schemas,
    },
    findings,
    ignored,
    expired: results.expired.map(({ rule, hides }) => ({
      ...selectorOf(rule),
      until: rule.until,
      reason: rule.reason,
      hides,
    })),
    unused: results.unused.map((rule) => ({ ...selectorOf(rule), until: rule.until, reason: rule.reason })),
    notCompared,
    ...(pending === undefined ? {} : { pending }),
  };
}

function selectorOf({ code, kind, name, line }: Results["unused"][number]): Record<string, unknown> {
  return { code, kind, name, line };
}

/** `foreign key public.orders.customer is not enforced …` in one line. */
export function sentenceOf({ kind, name, remarks, along }: Judged): string {
  const all = remarks.map(remarkLine).join("; ");
  const more =
    along.length === 0 ? "" : ` Along with it: ${along.length} other${along.length === 1 ? "" : "s"}.`;
  return `${kind} ${name}: ${all}.${more}`;
}

/** A finding in the log, one line. */
export function logLine(finding: Judged): string {
  return `${MARKS[finding.severity]} ${finding.severity} ${finding.code} ${remoteLine(sentenceOf(finding), { max: 1_000 })}`;
}

function remarkLine({ property, direction, expected, actual, undecided }: Remark): string {
  if (property === "")
    return direction === "missing" || expected === "there" ? "is missing" : "is there and should not be";
  const note = undecided === undefined ? "" : ` (undecided: ${undecided})`;
  return `${property} should be ${brief(expected)} and is ${brief(actual)}${note}`;
}

const LONGEST = 200;

function brief(value: string): string {
  const line = value.replace(/\s+/g, " ").trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST).toWellFormed()}…`;
}

function failureOf(finding: Judged): Failure {
  const { code, severity, reason } = finding;
  return { title: `${severity}: ${code}`, message: sentenceOf(finding), hint: reason };
}

function annotationOf(finding: Judged): Annotation {
  const { title, message, hint = "" } = failureOf(finding);
  const level = finding.severity === "info" ? "notice" : "warning";
  return { level, title, message: `${message} ${hint}` };
}

function expiredWarning(rule: Results["expired"][number]["rule"], hides: number): Annotation {
  const what = [rule.code, rule.kind, rule.name].filter(Boolean).join(" ");
  const counts =
    hides === 0 ? "It would hide nothing any more: remove it." : `What it hid counts again: ${hides}.`;
  return {
    ...{ level: "warning", title: "schema-drift: an ignore rule has expired" },
    message: `The rule for ${what} ended on ${rule.until} (${rule.reason}). ${counts}`,
    where: { file: rule.file, line: rule.line },
  };
}

/** The outcome of `update-baseline`. */
export function writtenOutcome(file: string, objects: number, database: string): Outcome {
  const message = `Written: ${file}, ${objects.toLocaleString("en")} objects of ${database}. Review it and commit it.`;
  return {
    result: "written",
    failures: [],
    annotations: [{ level: "notice", title: "schema-drift: baseline written", message }],
    outputs: {
      drift: false,
      severity: "",
      critical: 0,
      major: 0,
      minor: 0,
      fingerprint: "",
      changed: "",
      pending: 0,
      "repair-sql": "",
    },
    summary: [heading(3, "📝 Baseline written"), paragraph(plain(message))],
    details: {},
  };
}
