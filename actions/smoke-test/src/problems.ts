import { throwProblems, UserError, UserErrors, type Where } from "../../../shared/runtime/user-error.ts";
import { ValueError } from "../../../shared/runtime/values.ts";

/** Keys and indexes from the root of a config file to a part of it. */
export type ConfigPath = readonly (string | number)[];

/** Collects the mistakes of a config file, each with its place. */
export class Problems {
  readonly #found: UserError[] = [];
  readonly #once = new Map<string, unknown>();
  readonly #whereOf: (path: ConfigPath) => Where;

  constructor(whereOf: (path: ConfigPath) => Where) {
    this.#whereOf = whereOf;
  }

  /** `what` is a phrase without a full stop. */
  add(path: ConfigPath, what: string, hint: string, cause?: unknown): void {
    const where = this.#whereOf(path);
    const subject = path.length === 0 ? "" : `${words(path)}: `;
    const place = where.line === undefined ? "" : ` See ${where.file}, line ${where.line}.`;
    this.#found.push(new UserError(`${subject}${what}.`, { hint: `${hint}${place}`, where, cause }));
  }

  /** Runs a parser and notes what it throws; `undefined` then. */
  try<T>(path: ConfigPath, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (error instanceof ValueError) this.add(path, error.message, "", error);
      else if (error instanceof UserError) this.#addError(path, error);
      else if (error instanceof UserErrors) for (const each of error.problems) this.#addError(path, each);
      else throw error;
      return undefined;
    }
  }

  #addError(path: ConfigPath, error: UserError): void {
    this.add(path, error.message.replace(/\.$/, ""), error.hint, error);
  }

  /** Like {@link try}, for something that many parts stand on: looked at and, when wrong, noted the first time only. */
  once<T>(path: ConfigPath, parse: () => T): T | undefined {
    const subject = words(path);
    if (!this.#once.has(subject)) this.#once.set(subject, this.try(path, parse));
    return this.#once.get(subject) as T | undefined;
  }

  /** Throws what was found, in the order of the file. */
  throw(): void {
    throwProblems(this.#found.toSorted((a, b) => (a.where?.line ?? 0) - (b.where?.line ?? 0)));
  }
}

function words(path: ConfigPath): string {
  return path
    .map((part) =>
      typeof part === "number"
        ? `[${part}]`
        : /^[\w-]+$/.test(part)
          ? `.${part}`
          : `[${JSON.stringify(part)}]`,
    )
    .join("")
    .replace(/^\./, "");
}
