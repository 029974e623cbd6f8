import { JSONPathEnvironment, type JSONPathQuery } from "json-p3";
import { ValueError } from "../../../shared/runtime/values.ts";

const environment = new JSONPathEnvironment();

/** A compiled JSONPath (RFC 9535). */
export type JsonPath = JSONPathQuery;

/** Compiles a JSONPath. Throws ValueError with the parser's own words. */
export function parseJsonPath(text: string): JsonPath {
  try {
    return environment.compile(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ValueError(`is not a JSONPath (${why}); write it like $.status or $.items[0].id`);
  }
}

/** All values at the path, in document order. */
export function queryJson(path: JsonPath, document: unknown): unknown[] {
  return path.query(document as never).values();
}
