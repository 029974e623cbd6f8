import type { Redactor } from "../../../shared/runtime/redactor.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { LONGEST_EXAMINED } from "./attempt.ts";
import { isFound } from "./pattern.ts";

export type Scalar = string | number | boolean | null;

/** What a value must be: a scalar it equals, or conditions that must all hold. */
export type Matcher =
  | Scalar
  | {
      readonly equals?: Scalar | undefined;
      readonly not?: Scalar | undefined;
      readonly contains?: string | undefined;
      readonly matches?: string | undefined;
      readonly exists?: boolean | undefined;
      readonly min?: number | undefined;
      readonly max?: number | undefined;
      readonly length?: number | undefined;
    };

/** How a value stands in a problem: on one line, and nothing that the runner could take for a command. */
export function show(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return remoteLine(text, { max: LONGEST_EXAMINED });
}

/**
 * What is wrong with the value, or `undefined` when it matches. `undefined` stands for a value that is not there. The
 * value is redacted before it is written as JSON: that would be one more layer of quotes around a secret in it.
 */
export function mismatch(matcher: Matcher, actual: unknown, redactor: Redactor): string | undefined {
  const got = (): string => `got ${show(redactor.redactDeep(actual))}`;
  if (typeof matcher !== "object" || matcher === null) {
    return actual === matcher ? undefined : `expected ${show(matcher)}, ${got()}`;
  }
  if (matcher.exists === false) return actual === undefined ? undefined : `expected nothing, ${got()}`;
  if (actual !== undefined && holdsAll(matcher, actual)) return undefined;
  return `expected ${describe(matcher)}, ${got()}`;
}

/** As {@link mismatch}, for what is always text, such as a header: 5 and true are then the texts `5` and `true`. */
export function textMismatch(
  matcher: Matcher,
  actual: string | undefined,
  redactor: Redactor,
): string | undefined {
  if (typeof matcher !== "object" || matcher === null) return mismatch(asText(matcher), actual, redactor);
  const asTexts = { ...matcher, equals: asText(matcher.equals), not: asText(matcher.not) };
  return mismatch(asTexts, actual, redactor);
}

function asText<T>(value: T): T | string {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

type Conditions = Exclude<Matcher, Scalar>;

function holdsAll(matcher: Conditions, actual: unknown): boolean {
  const text = typeof actual === "string" ? actual : JSON.stringify(actual);
  const { equals, not, contains, matches, min, max, length } = matcher;
  return (
    (equals === undefined || actual === equals) &&
    (not === undefined || actual !== not) &&
    (contains === undefined || holdsPart(actual, text, contains)) &&
    (matches === undefined || isFound(matches, text)) &&
    (min === undefined || numberOf(actual) >= min) &&
    (max === undefined || numberOf(actual) <= max) &&
    (length === undefined || sizeOf(actual) === length)
  );
}

/** A list has an entry, not a part of one: `not-admin` is no `admin`. */
function holdsPart(value: unknown, text: string, part: string): boolean {
  return Array.isArray(value) ? value.some((entry) => String(entry) === part) : text.includes(part);
}

/** NaN keeps no bound. Headers, cookies and the numeric of PostgreSQL are numbers written as text. */
function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === "string") return [...value].length;
  if (Array.isArray(value)) return value.length;
  return typeof value === "object" && value !== null ? Object.keys(value).length : undefined;
}

function describe(matcher: Conditions): string {
  const words = [
    matcher.exists === true ? "a value" : undefined,
    matcher.equals === undefined ? undefined : show(matcher.equals),
    matcher.not === undefined ? undefined : `anything but ${show(matcher.not)}`,
    matcher.contains === undefined ? undefined : `text with ${show(matcher.contains)}`,
    matcher.matches === undefined
      ? undefined
      : `a match of /${remoteLine(matcher.matches, { max: LONGEST_EXAMINED })}/`,
    matcher.min === undefined ? undefined : `at least ${matcher.min}`,
    matcher.max === undefined ? undefined : `at most ${matcher.max}`,
    matcher.length === undefined ? undefined : `length ${matcher.length}`,
  ];
  return words.filter((word) => word !== undefined).join(" and ") || "a value";
}
