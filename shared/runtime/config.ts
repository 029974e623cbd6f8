import type * as z from "zod";
import { type ConfigDocument, configError, parseConfig } from "./config-document.ts";
import { type Problem, problemsOf } from "./config-problems.ts";
import { words } from "./config-words.ts";
import { throwProblems, type UserError } from "./user-error.ts";

// More than anybody reads; what is beyond is told as a number.
const mostProblems = 100;

/** A value read from a file. `locate` gives the place of a part of it, of the nearest one around it if it is not there. */
export type Config<T> = { readonly value: T; readonly locate: ConfigDocument["locate"] };

/**
 * Reads a YAML 1.2 (or JSON) text against a schema. `file` is the name used in messages.
 * Throws UserError or UserErrors: everything that is wrong with the file, each with its line and column.
 */
export function readConfig<Schema extends z.ZodType>(
  text: string,
  file: string,
  schema: Schema,
): Config<z.output<Schema>> {
  const document = parseConfig(text, file);
  const parsed = schema.safeParse(document.value, { error: words });
  if (parsed.success) return { value: parsed.data, locate: document.locate };
  const problems = problemsOf(parsed.error.issues, schema, document.value);
  const errors = problems.slice(0, mostProblems).map((problem) => toUserError(problem, file, document));
  errors.sort(byPlace);
  if (problems.length > mostProblems) {
    const more = (problems.length - mostProblems).toLocaleString("en");
    errors.push(configError(file, `${more} more mistakes`, "Mend the ones above first.", { file }));
  }
  throwProblems(errors);
  throw new Error(`${file} was refused without a reason`);
}

function toUserError(problem: Problem, file: string, document: ConfigDocument): UserError {
  const what = problem.path.length === 0 ? file : inWords(problem.path);
  return configError(what, problem.why, problem.hint, { file, ...document.locate(problem.path, problem.at) });
}

function byPlace(a: UserError, b: UserError): number {
  const [one, other] = [a.where ?? {}, b.where ?? {}];
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
}

/** A path as people write it: `checks[2].expect.status`, `json["$.a b"]`. */
function inWords(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => {
    if (typeof part === "number") return `[${part}]`;
    return /^[\w-]+$/.test(String(part)) ? `.${String(part)}` : `[${JSON.stringify(part)}]`;
  });
  return parts.join("").replace(/^\./, "");
}
