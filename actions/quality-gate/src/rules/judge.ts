import type { Measurement, Measurements } from "../measures/measurement.ts";
import { formatQuantity, formatValue } from "./quantity.ts";
import { type Operator, type Rule, TIERS, type Tier } from "./rule.ts";

/** What became of a rule. `waived`: there is no baseline yet, and that was accepted. */
export type Status = "held" | "broken" | "unanswered" | "no-baseline" | "waived";

export type Judged = {
  readonly rule: Rule;
  readonly status: Status;
  /** The measured value, and the one of the base branch, where there are such. */
  readonly value?: number;
  readonly baseline?: number;
  readonly tier?: Tier | "failed";
  /** What was found, against what was asked for. */
  readonly why: string;
};

/** What the rules are judged by. */
export type Evidence = {
  readonly measured: Measurements;
  /** The base branch's values; undefined without a baseline. */
  readonly baseline: ReadonlyMap<string, number> | undefined;
  readonly acceptMissingBaseline: boolean;
};

/** Every rule against what was measured. A rule that nothing answers does not hold. Pure. */
export function judge(rules: readonly Rule[], evidence: Evidence): Judged[] {
  return rules.map((rule) => judgeRule(rule, evidence));
}

function judgeRule(rule: Rule, { measured, baseline, acceptMissingBaseline }: Evidence): Judged {
  const { metric, demand } = rule;
  const found: Measurement | undefined = measured.get(metric.name);
  const base = baseline?.get(metric.name);
  if (found === undefined) {
    return {
      rule,
      status: "unanswered",
      ...only({ baseline: base }),
      why: "no report that was read answers it",
    };
  }
  const { value } = found;
  const facts = { rule, value, ...only({ baseline: base }) };
  const shown = formatValue(value, metric);
  if (demand.kind === "tiers") {
    const reached = demand.limits.findIndex((limit) =>
      holds(metric.better === "higher" ? ">=" : "<=", value, limit),
    );
    const tier = TIERS[reached] ?? "failed";
    const last = formatQuantity(demand.limits[2], metric.unit);
    return tier === "failed"
      ? { ...facts, status: "broken", tier, why: `${shown} does not reach ${last}` }
      : { ...facts, status: "held", tier, why: `${shown} is ${tier}` };
  }
  if (demand.kind === "ratchet" && base === undefined) {
    const why = `${shown}, and no baseline to hold it against`;
    return { ...facts, status: acceptMissingBaseline ? "waived" : "no-baseline", why };
  }
  const limit =
    demand.kind === "bound"
      ? demand.limit
      : (base ?? Number.NaN) + demand.by * (demand.relative ? (base ?? 0) : 1);
  const kept = holds(demand.operator, value, limit);
  const expected = `${demand.operator} ${formatQuantity(limit, metric.unit)}`;
  return {
    ...facts,
    status: kept ? "held" : "broken",
    why: kept ? `${shown} is ${expected}` : `${shown} is not ${expected}`,
  };
}

/** A bound made by calculation can be off by a hair of binary fraction; values that near are the same. */
function holds(operator: Operator, value: number, limit: number): boolean {
  const same = Math.abs(value - limit) <= 1e-12 * Math.max(1, Math.abs(limit));
  switch (operator) {
    case ">=":
      return same || value > limit;
    case "<=":
      return same || value < limit;
    case ">":
      return !same && value > limit;
    case "<":
      return !same && value < limit;
    case "==":
      return same;
  }
}

function only<T extends Record<string, unknown>>(
  fields: T,
): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
