import type { Difference } from "../../../shared/postgres/catalog/difference.ts";
import type { Finding, Remark } from "./finding.ts";
import { globMatches } from "./glob.ts";
import { withHead } from "./head.ts";
import { judge } from "./judge.ts";
import type { Ignore, Override, Policy, Selector } from "./policy.ts";
import { atLeast, byGravity, type Severity } from "./severity.ts";

/** A finding as the policy sees it. */
export type Judged = Finding & {
  /** Whether it fails the step. */
  readonly fails: boolean;
};

/** A remark that somebody has said is no drift. */
export type Ignored = {
  readonly kind: string;
  readonly name: string;
  readonly code: string;
  readonly severity: Severity;
  readonly reason: string;
  /** The last day of the rule; absent where `unexpected: ignore` says so for all. */
  readonly until?: string;
};

export type PolicyResult = {
  readonly findings: readonly Judged[];
  readonly ignored: readonly Ignored[];
  /** Rules whose time is over, and how many remarks they would still hide. */
  readonly expired: readonly { readonly rule: Ignore; readonly hides: number }[];
  /** Rules that hide nothing. */
  readonly unused: readonly Ignore[];
};

/** Findings with the policy's severities, without what it ignores on the given day (`2027-03-31`, UTC). Pure. */
export function applyPolicy(findings: readonly Finding[], policy: Policy, today: string): PolicyResult {
  const ignored: Ignored[] = [];
  const hidden = new Map<Ignore, number>(policy.ignores.map((rule) => [rule, 0]));
  const judged = findings.flatMap((finding): Judged[] => {
    const remarks: Remark[] = [];
    for (const remark of finding.remarks) {
      const severity = overridden(finding, remark, policy.overrides);
      const rules = policy.ignores.filter((rule) => fits(rule, finding, remark.code));
      for (const rule of rules) hidden.set(rule, (hidden.get(rule) ?? 0) + 1);
      const rule = rules.find(({ until }) => until >= today);
      const { kind, name } = finding;
      if (rule !== undefined)
        ignored.push({ kind, name, code: remark.code, severity, reason: rule.reason, until: rule.until });
      else if (remark.direction === "unexpected" && policy.unexpected === "ignore")
        ignored.push({ kind, name, code: remark.code, severity, reason: "unexpected: ignore" });
      else remarks.push({ ...remark, severity });
    }
    if (remarks.length === 0) return [];
    const led = withHead(finding, remarks);
    return [{ ...led, fails: remarks.some((remark) => fails(remark, policy)) }];
  });
  const expired = policy.ignores.filter(({ until }) => until < today);
  return {
    findings: judged.toSorted((a, b) => byGravity(a.severity, b.severity)),
    ignored,
    expired: expired.map((rule) => ({ rule, hides: hidden.get(rule) ?? 0 })),
    unused: policy.ignores.filter((rule) => hidden.get(rule) === 0 && rule.until >= today),
  };
}

/**
 * Whether what is told of a difference may stand for another that it brought about: not where nobody hears of it since a
 * rule ignores it, nor where the other is graver. Pure.
 */
export function speakingFor(
  policy: Policy,
  today: string,
): (cause: Difference, other: Difference) => boolean {
  const alone = (difference: Difference) =>
    applyPolicy([judge({ difference, along: [] })], policy, today).findings[0];
  return (cause, other) => {
    const [told, hidden] = [alone(cause), alone(other)];
    return hidden === undefined || (told !== undefined && atLeast(told.severity, hidden.severity));
  };
}

function fails({ severity, direction }: Remark, { failOn, unexpected }: Policy): boolean {
  if (failOn === "none" || severity === "info") return false;
  if (direction === "unexpected" && unexpected !== "fail") return false;
  return atLeast(severity, failOn);
}

function overridden(finding: Finding, remark: Remark, overrides: readonly Override[]): Severity {
  const last = overrides.findLast((rule) => fits(rule, finding, remark.code));
  return last?.severity ?? remark.severity;
}

function fits({ code, kind, name }: Selector, finding: Finding, remarkCode: string): boolean {
  return (
    (code === undefined || globMatches(code, remarkCode)) &&
    (kind === undefined || kind === finding.kind) &&
    (name === undefined || globMatches(name, finding.name))
  );
}
