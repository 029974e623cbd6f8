import { JSONPathEnvironment, type JSONPathQuery } from "json-p3";
import { ValueError } from "../../../shared/runtime/values.ts";
import { inTime } from "./in-time.ts";

// Far beyond what servers answer, and far below what the stack of any recursion over it holds.
const MOST_LEVELS = 200;
const environment = new JSONPathEnvironment({ maxRecursionDepth: MOST_LEVELS + 1 });
// The paths of a file are few, and each is asked for by its text again with every attempt.
const compiled = new Map<string, JsonPath>();

/** A compiled JSONPath (RFC 9535). */
export type JsonPath = JSONPathQuery;

/** Compiles a JSONPath. Throws ValueError with the parser's own words. */
export function parseJsonPath(text: string): JsonPath {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  try {
    const path = environment.compile(text);
    compiled.set(text, path);
    return path;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ValueError(`is not a JSONPath (${why}); write it like $.status or $.items[0].id`);
  }
}

/** The JSON in a text; `undefined` when it is none. Throws ValueError for one that is nested too deeply to look at. */
export function readJson(text: string): { readonly value: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (isDeeper(value, MOST_LEVELS))
    throw new ValueError(`the JSON is nested more than ${MOST_LEVELS} levels deep`);
  return { value };
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1));
}

/** All values at the path, in document order. Throws ValueError when there is no end to it. */
export function queryJson(path: JsonPath, document: unknown): unknown[] {
  const values = (): unknown[] => path.query(document as never).values();
  // A singular query (RFC 9535 section 2.3.5.1: names and indexes only) walks straight to one value.
  return path.singularQuery() ? values() : inTime(values);
}
