import { type AllowEntry, type AllowUse, useAllowList } from "./allow-list.ts";
import { type Finding, keyOf, SEVERITIES, type Severity } from "./finding.ts";
import { type Measurements, measurements } from "./measurement.ts";
import type { Report } from "./report.ts";

/** A finding as it counts: once for all reports that have it, at the worst severity that one of them gives it. */
export type Counted = Omit<Finding, "severity"> & {
  readonly severity: Severity;
  /** No scanner said how bad it is; the severity is the one that the inputs set for that. */
  readonly unknownSeverity: boolean;
  readonly allowed: boolean;
};

export type Security = {
  readonly measured: Measurements;
  readonly findings: readonly Counted[];
  readonly uses: readonly AllowUse[];
};

type Policy = {
  readonly allow: readonly AllowEntry[];
  readonly unknownSeverity: Severity;
  /** Milliseconds since 1970: what decides whether an entry of the allow-list has expired. */
  readonly now: number;
};

/** What all security reports found together, without what the allow-list lets pass. Pure. */
export function countFindings(reports: readonly Report[], { allow, unknownSeverity, now }: Policy): Security {
  const sources = reports.filter(({ content }) => content.kind === "security");
  const merged = mergeFindings(
    sources.flatMap(({ content }) => (content.kind === "security" ? content.findings : [])),
  );
  const { allowed, uses } = useAllowList(allow, merged, now);
  const findings = merged
    .map((finding) => ({
      ...finding,
      severity: finding.severity ?? unknownSeverity,
      unknownSeverity: finding.severity === undefined,
      allowed: allowed.has(finding),
    }))
    .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  if (sources.length === 0) return { measured: new Map(), findings, uses };
  const counting = findings.filter((finding) => !finding.allowed);
  const values = {
    ...Object.fromEntries(
      SEVERITIES.map((severity) => [
        `security.${severity}`,
        counting.filter((finding) => finding.severity === severity).length,
      ]),
    ),
    "security.total": counting.length,
    "security.secrets": counting.filter(({ category }) => category === "secret").length,
    "security.allowed": findings.length - counting.length,
  };
  return {
    measured: measurements(
      values,
      sources.map(({ path }) => path),
    ),
    findings,
    uses,
  };
}

function mergeFindings(findings: readonly Finding[]): Finding[] {
  const merged = new Map<string, Finding>();
  for (const finding of findings) {
    const key = keyOf(finding);
    const known = merged.get(key);
    merged.set(key, known === undefined ? finding : union(known, finding));
  }
  return [...merged.values()];
}

function union(one: Finding, other: Finding): Finding {
  const severity = SEVERITIES.find((each) => each === one.severity || each === other.severity);
  const names = new Set([...one.aliases, other.id, ...other.aliases]);
  names.delete(one.id);
  const tools = new Set([...one.tool.split(", "), ...other.tool.split(", ")]);
  return { ...other, ...one, severity, aliases: [...names], tool: [...tools].join(", ") };
}
