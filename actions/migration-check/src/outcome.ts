import type { Annotation } from "../../../shared/runtime/annotations.ts";
import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import type { Results } from "./results.ts";
import { SEVERITIES } from "./severity.ts";
import { summaryOf } from "./summary.ts";

type Shown = Results["findings"][number];

/** Everything the user sees of a finished run, out of its results. Pure. */
export function outcomeOf(results: Results): Outcome {
  const { findings, checked } = results;
  const failing = findings.filter((each) => each.fails);
  const count = (severity: string): number => findings.filter((each) => each.severity === severity).length;
  const irreversible = checked.filter((each) => each.irreversible !== "").map(({ id }) => id);
  return {
    result: failing.length > 0 ? "failed" : "passed",
    failures: failing.map(failureOf),
    annotations: findings.filter((each) => !each.fails).map(annotationOf),
    outputs: {
      ...Object.fromEntries(SEVERITIES.slice(0, 3).map((severity) => [severity, count(severity)])),
      checked: checked.length,
      irreversible: irreversible.join(","),
    },
    summary: summaryOf(results),
    details: detailsOf(results),
  };
}

function detailsOf(results: Results): Record<string, unknown> {
  const { tool, server, check, failOn, revisions, checked, findings, ignored, notChecked, base } = results;
  return {
    tool,
    server,
    check,
    failOn,
    revisions,
    checked,
    findings,
    ignored,
    notChecked,
    ...(base === undefined ? {} : { base }),
  };
}

function failureOf({ code, revision, what, hint, said, differences, file, line }: Shown): Failure {
  const changes = differences.map(
    ({ property, expected, actual }) => ` ${property} was ${brief(expected)} and is ${brief(actual)}.`,
  );
  const words = said === "" ? "" : ` ${brief(said.split("\n").at(-1) ?? "")}`;
  return {
    title: `${code}: ${revision}`,
    message: `${revision}: ${what}.${changes.join("")}${words}`,
    hint,
    ...(file === undefined ? {} : { where: { file, ...(line === undefined ? {} : { line }) } }),
  };
}

function annotationOf(finding: Shown): Annotation {
  const { title, message, hint = "", where } = failureOf(finding);
  const level = finding.severity === "info" ? "notice" : "warning";
  return { level, title, message: `${message} ${hint}`, ...(where === undefined ? {} : { where }) };
}

const LONGEST = 300;

function brief(value: string): string {
  const line = value.replace(/\s+/g, " ").trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST).toWellFormed()}…`;
}
