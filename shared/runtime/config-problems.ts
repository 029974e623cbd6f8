import type * as z from "zod";
import { keySets } from "./config-schema.ts";
import { described, oneOf } from "./config-words.ts";
import { nearest } from "./nearest.ts";

/** One thing that is wrong: where, why (after `path:`), and what to do. `at` points to the key, not to its value. */
export type Problem = {
  readonly path: readonly PropertyKey[];
  readonly why: string;
  readonly hint: string;
  readonly at?: "key";
};

type Issue = z.core.$ZodIssue;

/** Zod's issues for `value`, flat and in words; of a union only those of the option that fits best. */
export function problemsOf(issues: readonly Issue[], schema: z.core.$ZodType, value: unknown): Problem[] {
  return issues.flatMap((issue) => explain(issue, schema, value));
}

function explain(issue: Issue, schema: z.core.$ZodType, value: unknown): Problem[] {
  const at = valueAt(value, issue.path);
  if (issue.code === "unrecognized_keys") return unknownKeys(issue, schema, at);
  if (issue.code === "invalid_key") {
    const reasons = issue.issues.map((each) => each.message).join(", and ");
    return [{ path: issue.path, why: `this key ${reasons}`, hint: "Rename it.", at: "key" }];
  }
  if (issue.code === "invalid_union") {
    return meant(issue, at).flatMap((each) => {
      const path = [...issue.path, ...each.path];
      return "why" in each ? [{ ...each, path }] : explain({ ...each, path }, schema, value);
    });
  }
  return [problem(issue.path, issue.message, at, issue)];
}

/** `must` is what the schema asks for. */
function problem(path: readonly PropertyKey[], must: string, value: unknown, issue?: Issue): Problem {
  if (value === undefined && path.length > 0) {
    return { path, why: "is missing", hint: `Add ${JSON.stringify(path.at(-1))}: it ${must}.` };
  }
  const unlike = issue === undefined || /^invalid_(?:type|value|format)$/.test(issue.code);
  const why = unlike ? `${must}, but is ${described(value)}` : must;
  const quotable = typeof value === "number" || typeof value === "boolean";
  if (issue?.code === "invalid_type" && issue.expected === "string" && quotable) {
    return { path, why, hint: "Put it in quotes." };
  }
  return { path, why, hint: value === null ? "Give it a value, or remove the key." : "Change the value." };
}

type KeysIssue = Extract<Issue, { code: "unrecognized_keys" }>;

function unknownKeys({ path, keys }: KeysIssue, schema: z.core.$ZodType, mapping: unknown): Problem[] {
  const unknown = new Set(keys);
  const expected = Object.keys(mapping ?? {}).filter((key) => !unknown.has(key));
  const kinds = keySets(schema, path);
  // Of the kinds of mapping that can stand here, the ones that know exactly the other keys that were written.
  const fitting = kinds.filter(
    (known) => expected.every((key) => known.includes(key)) && !known.some((key) => unknown.has(key)),
  );
  const known = [...new Set((fitting.length > 0 ? fitting : kinds).flat())];
  const free = known.filter((key) => !unknown.has(key) && !expected.includes(key));
  const listed = known.length === 0 ? "Remove it." : `Known keys: ${known.join(", ")}.`;
  return keys.map((key) => {
    const near = nearest(key, free);
    const hint = near === undefined ? listed : `Did you mean ${JSON.stringify(near)}?`;
    return { path: [...path, key], why: "unknown key", hint, at: "key" };
  });
}

type UnionIssue = Extract<Issue, { code: "invalid_union" }>;

/** What is wrong with a value that no option of a union takes, with paths from that value on. */
function meant(issue: UnionIssue, value: unknown): (Issue | Problem)[] {
  if (issue.errors.length === 0) {
    const must =
      "options" in issue && issue.options ? oneOf(issue.options) : "must fit one of the allowed forms only";
    return [{ ...problem(issue.path, must, value), path: [] }];
  }
  const options = issue.errors.filter((issues) => !issues.some(isOtherKind));
  if (typeof value !== "object" || value === null || options.length === 0) {
    const must = [...new Set(requirements(issue))].join(" or ").replaceAll(" or must be ", " or ");
    return [{ ...problem(issue.path, must, value), path: [] }];
  }
  const choice = fixedChoice(options, value);
  if (choice !== undefined) return [choice];
  const costs = options.map((issues) => cost(issues, value));
  return together(
    options.filter((_, index) => costs[index] === Math.min(...costs)),
    value,
  );
}

/** The key by whose fixed values the options differ (`kind: a`, `kind: b`), when its value is none of them. */
function fixedChoice(options: readonly Issue[][], value: unknown): Problem | undefined {
  const choices = options.map((issues) =>
    issues.find((each) => each.code === "invalid_value" && each.path.length === 1),
  );
  const [first] = choices;
  if (first === undefined || choices.some((each) => each?.path[0] !== first.path[0])) return undefined;
  const values = choices.flatMap((each) => (each?.code === "invalid_value" ? each.values : []));
  return problem(first.path, oneOf([...new Set(values)]), valueAt(value, first.path));
}

/** True when the value is not of the kind that an option is for: a list where a mapping is meant, another fixed text. */
function isOtherKind(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === "invalid_union") return issue.errors.every((issues) => issues.some(isOtherKind));
  return issue.code === "invalid_type" || issue.code === "invalid_value";
}

/** What each option asks for. */
function requirements(issue: UnionIssue): string[] {
  const firsts = issue.errors.flatMap(([first]) => (first === undefined ? [] : [first]));
  return firsts.flatMap((first) => (first.code === "invalid_union" ? requirements(first) : [first.message]));
}

/** How far a mapping is from an option: another choice at its top counts most, then keys too many or too few. */
function cost(issues: readonly Issue[], value: unknown): number {
  return issues.reduce((sum, issue) => {
    if (issue.code === "unrecognized_keys") return sum + 10 * issue.keys.length;
    if (issue.path.length > 1) return sum + 1;
    if (issue.code === "invalid_value") return sum + 30;
    return sum + (isMissing(issue, value) ? 10 : 2);
  }, 0);
}

/** The issues of the nearest option; where several are equally near, the one key that each of them misses together. */
function together(options: readonly Issue[][], value: unknown): (Issue | Problem)[] {
  const [chosen = []] = options;
  if (options.length === 1) return chosen;
  const absent = options.map((issues) => issues.filter((issue) => isMissing(issue, value)));
  if (absent.every((issues) => issues.length === 1)) {
    const names = [...new Set(absent.flat().map((issue) => JSON.stringify(issue.path[0])))].join(", ");
    const needed: Problem = {
      path: [],
      why: `needs one of the keys ${names}`,
      hint: "Add the one that is meant.",
    };
    return [needed, ...chosen.filter((issue) => !isMissing(issue, value))];
  }
  return chosen;
}

function isMissing(issue: Issue, value: unknown): boolean {
  return (
    issue.path.length === 1 && issue.code !== "unrecognized_keys" && valueAt(value, issue.path) === undefined
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, part) => {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    return (at as Record<PropertyKey, unknown>)[part];
  }, value);
}
