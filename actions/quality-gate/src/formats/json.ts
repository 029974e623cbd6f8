import * as z from "zod";
import { ReportFault } from "../measures/report.ts";

const MOST_LEVELS = 100;
const MOST_VALUES = 20_000_000;

/**
 * A JSON text as a value of bounded depth, without keys that are no data (`__proto__`).
 * Throws ReportFault for what is not JSON; a text that was cut off never is.
 */
export function parseJson(text: string): unknown {
  if (text.trim() === "") throw new ReportFault("is empty");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ReportFault(
      "is not whole JSON",
      "Was it cut off, or did the tool print something else into it? Let it write the file itself instead of `>`.",
    );
  }
  refuseDepth(value);
  return value;
}

/** Level by level and not by recursion: the depth is what cannot be trusted. */
function refuseDepth(root: unknown): void {
  let level: unknown[] = [root];
  let seen = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) throw new ReportFault(`is nested more than ${MOST_LEVELS} levels deep`);
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      if (Object.hasOwn(value, "__proto__"))
        throw new ReportFault("has a key __proto__, which no tool writes");
      for (const child of Object.values(value)) {
        if (typeof child === "object" && child !== null) next.push(child);
        seen++;
      }
    }
    if (seen > MOST_VALUES) throw new ReportFault("has more than 20 million values");
    level = next;
  }
}

/** The value as a schema knows it. Throws ReportFault with the first thing that is not as `tool` writes it. */
export function asWritten<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  tool: string,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  // Numbers and fixed names of the schema only: keys can be any text that a report likes.
  const path = (issue?.path ?? []).slice(0, 6).map(String).join(".").slice(0, 100);
  throw new ReportFault(
    `is not as ${tool} writes it: ${path || "the document"} ${issue?.message ?? ""}`.trim(),
  );
}

/** The entries of an object that is a dictionary, each by its schema. */
export function entriesAsWritten<Schema extends z.ZodType>(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  tool: string,
): [string, z.output<Schema>][] {
  return Object.entries(value).map(([key, entry]) => [key, asWritten(schema, entry, tool)]);
}

/** A dictionary whose values are looked at one by one: Zod would copy the keys into an object of its own. */
export const dictionary = z.custom<Readonly<Record<string, unknown>>>(
  (value) => isObject(value),
  "must be an object",
);

/** A number of things. */
export const count = z.int().nonnegative();

/** Whether a value is an object with keys. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
