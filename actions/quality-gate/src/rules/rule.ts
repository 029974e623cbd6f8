import type { Where } from "../../../../shared/runtime/user-error.ts";
import { ValueError } from "../../../../shared/runtime/values.ts";
import { findMetric, type Metric, nearestMetric, type Unit } from "./metric.ts";
import { parseQuantity } from "./quantity.ts";

export type Operator = ">=" | ">" | "<=" | "<" | "==";

/** From the best to the worst; what reaches none of them fails. */
export const TIERS = ["excellent", "good", "acceptable"] as const;
export type Tier = (typeof TIERS)[number];

/** What a rule asks of its metric. */
export type Demand =
  | { readonly kind: "bound"; readonly operator: Operator; readonly limit: number }
  /** A bound that moves with the base branch: `by` is added to the baseline's value, or that share of it. */
  | {
      readonly kind: "ratchet";
      readonly operator: Operator;
      readonly by: number;
      readonly relative: boolean;
    }
  | { readonly kind: "tiers"; readonly limits: readonly [number, number, number] };

/** One line of the rules. */
export type Rule = {
  readonly text: string;
  readonly metric: Metric;
  readonly demand: Demand;
  readonly where: Where;
};

const FORM = /^([a-z][\w-]*\.[\w-]+)\s*(?:(>=|<=|==|>|<)\s*(\S.*)|\stiers\s+(\S.*))$/i;
const RATCHET = /^baseline(?:\s*([+-])\s*(\S.*))?$/;

/**
 * Reads a rule such as `coverage.lines >= 80`, `coverage.lines >= baseline - 0.5` or `perf.success tiers 99.5/95/90`.
 * Throws ValueError for one that does not parse, that no value or every value would keep, or that bounds the metric on
 * its better side.
 */
export function parseRule(text: string, groups: readonly string[], where: Where = {}): Rule {
  const written = text.trim().replace(/\s+/g, " ");
  const [, name, operator, operand, tiers] = FORM.exec(written) ?? [];
  if (name === undefined) {
    throw new ValueError(
      "is not of the form `metric operator value`, such as coverage.lines >= 80, or `metric tiers a/b/c`",
    );
  }
  const metric = findMetric(name, groups);
  if (metric === undefined) {
    const near = nearestMetric(name, groups);
    const group = name.startsWith("bundle.") ? "; a group of sizes is written `name: glob` in sizes" : "";
    throw new ValueError(
      `${name} is no metric${near === undefined ? "" : ` (did you mean ${near}?)`}${group}`,
    );
  }
  const demand =
    tiers === undefined ? parseBound(metric, operator as Operator, operand ?? "") : parseTiers(metric, tiers);
  return { text: written, metric, demand, where };
}

function parseBound(metric: Metric, operator: Operator, operand: string): Demand {
  const [ratchet, sign, offset] = RATCHET.exec(operand) ?? [];
  refuseBetterSide(metric, operator);
  if (ratchet !== undefined) {
    const size = offset === undefined ? { by: 0, relative: false } : parseOffset(offset, metric.unit);
    return { kind: "ratchet", operator, ...size, by: sign === "-" ? -size.by : size.by };
  }
  if (/^baseline/i.test(operand)) {
    throw new ValueError(
      "has a baseline that is not written as `baseline`, `baseline - 0.5` or `baseline + 5%`",
    );
  }
  const limit = limitOf(operand, metric);
  refuseEmpty(metric, operator, limit);
  return { kind: "bound", operator, limit };
}

function limitOf(text: string, { name, unit }: Metric): number {
  const limit = parseQuantity(text, unit);
  if (name === "perf.errors" && !text.includes("%")) {
    throw new ValueError("needs the sign %: without it nobody can tell a share from a number");
  }
  if (unit === "percent" && limit > 0 && limit <= 1 && !text.includes("%")) {
    throw new ValueError(
      `looks like a share: write ${Number((limit * 100).toFixed(6))}, or ${limit}% if that is meant`,
    );
  }
  if (unit === "percent" && limit > 100) throw new ValueError("is more than 100 %, which nothing can reach");
  return limit;
}

/** An amount in the metric's unit; of what is not a percentage itself, `5%` is that share of the baseline. */
function parseOffset(text: string, unit: Unit): { by: number; relative: boolean } {
  if (unit !== "percent" && text.endsWith("%")) {
    return { by: parseQuantity(text, "percent") / 100, relative: true };
  }
  return { by: parseQuantity(text, unit), relative: false };
}

function parseTiers(metric: Metric, text: string): Demand {
  const parts = text.split("/").map((part) => part.trim());
  if (parts.length !== TIERS.length) {
    throw new ValueError("needs three limits for excellent, good and acceptable, such as tiers 99.5/95/90");
  }
  if (metric.better === "either")
    throw new ValueError(`is about ${metric.name}, of which more is not always better or worse`);
  const [first = 0, second = 0, third = 0] = parts.map((part) => limitOf(part, metric));
  const falling = metric.better === "higher";
  if (falling ? !(first > second && second > third) : !(first < second && second < third)) {
    throw new ValueError(`needs its limits from the best to the worst, ${falling ? "falling" : "rising"}`);
  }
  return { kind: "tiers", limits: [first, second, third] };
}

function refuseBetterSide({ name, better }: Metric, operator: Operator): void {
  const wrong = better === "higher" ? /^</ : better === "lower" ? /^>/ : undefined;
  if (wrong?.test(operator) !== true) return;
  throw new ValueError(
    `would fail for getting better: of ${name}, ${better} is better, so it is bounded by ${better === "higher" ? ">=" : "<= or <"}`,
  );
}

/** No metric is below nothing, and none in percent beyond 100. */
function refuseEmpty({ unit }: Metric, operator: Operator, limit: number): void {
  const most = unit === "percent" ? 100 : Number.POSITIVE_INFINITY;
  const always =
    (operator === ">=" && limit === 0) ||
    (operator === "<=" && limit >= most) ||
    (operator === "<" && limit > most);
  const never = (operator === "<" && limit === 0) || (operator === ">" && limit >= most);
  if (always) throw new ValueError("holds for every value, and so decides nothing");
  if (never) throw new ValueError("holds for no value");
}
