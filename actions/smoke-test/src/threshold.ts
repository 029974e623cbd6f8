import { formatDuration, parseDuration, ValueError } from "../../../shared/runtime/values.ts";

type Operator = "<" | "<=" | ">" | ">=" | "==";
/** A bound on a number: `>= 14`, `< 500ms`, `< 5%`. Durations are held in milliseconds, percentages as written. */
export type Threshold = { readonly operator: Operator; readonly limit: number; readonly unit: Unit };
export type Unit = "number" | "duration" | "percent";

/** Reads `<operator> <value>`; a value alone means the given operator. Throws ValueError. */
export function parseThreshold(text: string | number, unit: Unit, bare: Operator): Threshold {
  const match = /^\s*(<=|>=|==|<|>)?\s*(\S.*?)\s*$/.exec(String(text));
  const limit = match?.[2] === undefined ? undefined : parseLimit(match[2], unit);
  if (limit === undefined) throw new ValueError(`must be a bound such as ${EXAMPLES[unit]}`);
  return { operator: (match?.[1] as Operator | undefined) ?? bare, limit, unit };
}

const EXAMPLES: Readonly<Record<Unit, string>> = {
  number: '">= 14"',
  duration: '"< 500ms"',
  percent: '"< 5%"',
};

function parseLimit(text: string, unit: Unit): number | undefined {
  if (unit === "duration") {
    try {
      return parseDuration(text);
    } catch {
      return undefined;
    }
  }
  const match = /^(-?\d+(?:\.\d+)?)\s*(%?)$/.exec(text);
  return match !== null && (match[2] === "%") === (unit === "percent") ? Number(match[1]) : undefined;
}

/** Whether a value keeps the bound; NaN never does. */
export function holds({ operator, limit }: Threshold, value: number): boolean {
  switch (operator) {
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    case "==":
      return value === limit;
  }
}

/** The bound as people write it. */
export function describeThreshold({ operator, limit, unit }: Threshold): string {
  return `${operator} ${formatUnit(limit, unit)}`;
}

/** A value in its unit. */
export function formatUnit(value: number, unit: Unit): string {
  if (unit === "duration") return formatDuration(value);
  const rounded = Math.round(value * 100) / 100;
  return unit === "percent" ? `${rounded}%` : String(rounded);
}
