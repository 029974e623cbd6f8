import type * as z from "zod";

/**
 * What is asked for where zod found something else, as `must …`. For zod's `error` parameter: a message that the schema
 * sets itself comes first.
 */
export function words(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${nouns[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return oneOf(issue.values);
    case "too_small":
      return bound(
        issue.origin,
        issue.exact ? "exactly" : issue.inclusive ? "at least" : "more than",
        issue.minimum,
      );
    case "too_big":
      return bound(
        issue.origin,
        issue.exact ? "exactly" : issue.inclusive ? "at most" : "less than",
        issue.maximum,
      );
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "invalid_format":
      return format(issue);
    default:
      return undefined;
  }
}

/** What may stand here, for a fixed choice. */
export function oneOf(values: readonly unknown[]): string {
  const shown = values.map((value) => (typeof value === "string" ? JSON.stringify(value) : String(value)));
  return shown.length === 1 ? `must be ${shown[0]}` : `must be one of ${shown.join(", ")}`;
}

/** The kind of a value, with the value itself where it is short. */
export function described(value: unknown): string {
  if (typeof value === "string") {
    const short = value.length > 40 ? `${value.slice(0, 40).toWellFormed()}…` : value;
    return value === "" ? "an empty text" : `the text ${JSON.stringify(short)}`;
  }
  if (typeof value === "number") return `the number ${value}`;
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : String(value);
}

const nouns: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a mapping",
  record: "a mapping",
  null: "empty",
};

function bound(origin: string, comparison: string, limit: number | bigint): string {
  const count = limit.toLocaleString("en");
  const plural = limit === 1 || limit === 1n ? "" : "s";
  if (origin === "string") {
    return limit === 1 && comparison === "at least"
      ? "must not be empty"
      : `must have ${comparison} ${count} character${plural}`;
  }
  if (origin === "array" || origin === "set") {
    return limit === 1 && comparison === "at least"
      ? "must not be an empty list"
      : `must have ${comparison} ${count} entr${plural === "" ? "y" : "ies"}`;
  }
  if (origin === "object" || origin === "record" || origin === "map")
    return `must have ${comparison} ${count} key${plural}`;
  return `must be ${comparison} ${count}`;
}

function format(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidStringFormat>): string {
  switch (issue.format) {
    case "url":
      return "must be a URL with its scheme, such as https://shop.example";
    case "starts_with":
      return `must start with ${JSON.stringify(issue["prefix"])}`;
    case "ends_with":
      return `must end with ${JSON.stringify(issue["suffix"])}`;
    case "includes":
      return `must contain ${JSON.stringify(issue["includes"])}`;
    case "regex":
      return `must match ${issue.pattern}`;
    default:
      return `must be a valid ${issue.format.replaceAll("_", " ")}`;
  }
}
