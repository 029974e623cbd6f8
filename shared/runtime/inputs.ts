import { throwProblems, UserError } from "./user-error.ts";
import { parseBoolean, parseDuration, parseInteger, parseList, ValueError } from "./values.ts";

/**
 * How one input is read. `parse` gets the trimmed, non-empty text and throws a ValueError when it does not fit.
 * Defaults are not here: they stand in action.yml, and the runner hands them over like any other value.
 */
export type Field<T> = {
  readonly parse: (text: string) => T;
  readonly secret: boolean;
  /** Taken for an empty value; a field without it must be given. */
  readonly whenEmpty?: () => T;
};

/** The inputs of an action by their names in action.yml. */
export type InputSpec = Readonly<Record<string, Field<unknown>>>;

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** What {@link readInputs} returns for a spec: typed values under camel-case names. */
export type InputsOf<Spec extends InputSpec> = {
  readonly [Name in keyof Spec & string as CamelCase<Name>]: Spec[Name] extends Field<infer T> ? T : never;
};

/** Any text, trimmed. */
export function text(): Field<string> {
  return { parse: (value) => value, secret: false };
}

/** Text that is masked and redacted before anything else happens. */
export function secret(): Field<string> {
  return { parse: (value) => value, secret: true };
}

/** `true` or `false` as YAML 1.2 core spells them. */
export function boolean(): Field<boolean> {
  return { parse: parseBoolean, secret: false };
}

/** A whole number within the bounds, both included. */
export function integer(bounds: { readonly min?: number; readonly max?: number } = {}): Field<number> {
  return { parse: (value) => parseInteger(value, bounds), secret: false };
}

/** A duration, in milliseconds. */
export function duration(): Field<number> {
  return { parse: parseDuration, secret: false };
}

/** Entries separated by newlines or commas; none for an empty value. */
export function list(): Field<readonly string[]> {
  return { parse: parseList, secret: false, whenEmpty: () => [] };
}

/** One of a few words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Field<Word> {
  const parse = (value: string): Word => {
    const found = words.find((word) => word === value);
    if (found === undefined) throw new ValueError(`must be one of ${words.join(", ")}`);
    return found;
  };
  return { parse, secret: false };
}

/** The same field, `undefined` when the input is empty. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return { ...field, whenEmpty: () => undefined };
}

/** The variable in which the runner hands over an input (spaces become underscores, dashes stay). */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
}

/** The raw values of the secret inputs, to be masked before the first word is printed. */
export function secretValues(spec: InputSpec, env: NodeJS.ProcessEnv): string[] {
  return Object.entries(spec)
    .filter(([, field]) => field.secret)
    .map(([name]) => env[inputVariable(name)] ?? "")
    .filter((value) => value.trim() !== "");
}

/** Reads every input of the spec at once. All mistakes are reported together, each with the input's name. */
export function readInputs<Spec extends InputSpec>(spec: Spec, env: NodeJS.ProcessEnv): InputsOf<Spec> {
  const problems: UserError[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(spec)) {
    try {
      values[camelCase(name)] = readField(name, field, env);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error);
    }
  }
  throwProblems(problems);
  return values as InputsOf<Spec>;
}

function readField(name: string, field: Field<unknown>, env: NodeJS.ProcessEnv): unknown {
  const value = (env[inputVariable(name)] ?? "").trim();
  if (value === "") {
    if (field.whenEmpty !== undefined) return field.whenEmpty();
    throw new UserError(`input ${name}: is required and is empty.`, {
      hint: `Set '${name}' under 'with:'. A variable or secret that does not exist gives an empty value without a warning.`,
      where: { input: name },
    });
  }
  try {
    return field.parse(value);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new UserError(`input ${name}: ${error.message}.`, {
      hint: field.secret ? `It has ${value.length} characters.` : `It is ${JSON.stringify(shorten(value))}.`,
      where: { input: name },
      cause: error,
    });
  }
}

function shorten(value: string): string {
  return value.length <= 80 ? value : `${value.slice(0, 77)}...`;
}

/** `expect-status` → `expectStatus`. */
export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
