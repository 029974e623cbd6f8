import { UserError } from "../../../../shared/runtime/user-error.ts";
import { SEVERITIES } from "../measures/finding.ts";
import type { Rule } from "./rule.ts";

/**
 * What is wrong with rules that are right one by one: a severity that is gated while a worse one is not would let that
 * pass. Pure.
 */
export function problemsOfRules(rules: readonly Rule[]): UserError[] {
  const gated = new Set(rules.map(({ metric }) => metric.name));
  if (rules.some(forbidsAll)) return [];
  return rules.flatMap(({ text, metric, where }) => {
    const rank = SEVERITIES.findIndex((severity) => metric.name === `security.${severity}`);
    const open = SEVERITIES.slice(0, Math.max(0, rank)).filter(
      (severity) => !gated.has(`security.${severity}`),
    );
    if (open.length === 0) return [];
    const names = open.map((severity) => `security.${severity}`).join(" and ");
    return [
      new UserError(`rule "${text}": ${names} would pass in any number, because no rule is about it.`, {
        hint: `Add ${open.map((severity) => `security.${severity} == 0`).join(" and ")}, or security.total == 0.`,
        where,
      }),
    ];
  });
}

function forbidsAll({ metric, demand }: Rule): boolean {
  if (metric.name !== "security.total" || demand.kind !== "bound") return false;
  return demand.limit === 0 || (demand.operator === "<" && demand.limit === 1);
}
