import type { Change, Difference } from "../../../shared/postgres/catalog/difference.ts";
import type { Kind } from "../../../shared/postgres/catalog/model.ts";
import type { Verdict } from "./finding.ts";
import { CONSTRAINTS } from "./repair/words.ts";
import { constraints } from "./rules/constraints.ts";
import { exchange } from "./rules/exchange.ts";
import { relations } from "./rules/relations.ts";
import { routines } from "./rules/routines.ts";
import type { Grade, PropertyRule, Rules } from "./rules/rule.ts";
import { types } from "./rules/types.ts";
import { wholeDatabase } from "./rules/whole-database.ts";

/** What every difference of every kind means: the one place where severities and codes are. */
export const RULES: Rules = {
  ...wholeDatabase,
  ...relations,
  ...constraints,
  ...routines,
  ...types,
  ...exchange,
};

/** What it means that an object is missing, or is there and should not be. */
export function judgeObject(difference: Difference): Verdict {
  const direction = difference.actual === undefined ? "missing" : "unexpected";
  const { code, ...rules } = RULES[difference.kind];
  const rule = rules[direction];
  const { severity, reason, ...own } = typeof rule === "function" ? rule(difference) : rule;
  return {
    code: `SD-${code}-${direction.toUpperCase()}`,
    severity,
    reason,
    direction: own.direction ?? direction,
  };
}

/** What it means that a property of an object differs. */
export function judgeChange(change: Change, difference: Difference): Verdict {
  const { code, properties } = RULES[difference.kind];
  if (change.property === "name") return { ...renamedAs(difference.kind), code: `SD-${code}-RENAMED` };
  const rule = (properties as Readonly<Record<string, PropertyRule>>)[change.property];
  if (rule === undefined) throw new Error(`no rule for ${difference.kind}.${change.property}`);
  const grade: Grade = typeof rule === "function" ? rule(change, difference) : rule;
  return {
    code: `SD-${code}-${grade.code ?? change.property.toUpperCase()}`,
    severity: grade.severity,
    reason: grade.reason,
    direction: grade.direction ?? "changed",
  };
}

/** Kinds that statements of an application do not name. */
const ANONYMOUS: ReadonlySet<Kind> = new Set([
  ...CONSTRAINTS,
  ...(["domain constraint", "index", "trigger", "rule", "policy", "statistics", "event trigger"] as const),
]);

function renamedAs(kind: Kind): Omit<Verdict, "code"> {
  return ANONYMOUS.has(kind)
    ? { severity: "minor", direction: "changed", reason: "It has another name, and is the same otherwise." }
    : {
        severity: "critical",
        direction: "changed",
        reason: "It has another name: whatever uses the right one fails.",
      };
}
