import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { keyOf } from "./measures/finding.ts";
import type { Results } from "./results.ts";

/** The action's own part of the JSON report. The next run of this branch's descendants takes it as its baseline. */
export function detailsOf(results: Results): Record<string, unknown> {
  const { measured, judged, reports, problems, notes, cases, security, sizes, files, baseline } = results;
  return {
    metrics: Object.fromEntries([...measured].map(([name, { value }]) => [name, value])),
    rules: judged.map(({ rule, ...rest }) => ({ rule: rule.text, metric: rule.metric.name, ...rest })),
    reports: reports.map(({ path, format, content, notes: own }) => ({
      path,
      format,
      kind: content.kind,
      notes: own,
    })),
    problems,
    notes,
    findings: security.findings.map((finding) => ({
      key: keyOf(finding),
      ...finding,
      title: remoteLine(finding.title, { max: 500 }),
    })),
    failedTests: cases.filter(({ outcome }) => outcome === "failed").map(({ outcome: _, ...test }) => test),
    files: Object.fromEntries(files),
    sizes,
    allow: security.uses.map(({ where: _, ...use }) => use),
    baseline: baseline?.path,
  };
}
