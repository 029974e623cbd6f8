import { nearest } from "../../shared/runtime/nearest.ts";
import { throwProblems, UserError } from "../../shared/runtime/user-error.ts";
import { isSecretInput } from "./secret-input.ts";

/** The inputs that a command line and the environment give. */
export type GivenInputs = {
  readonly inputs: Readonly<Record<string, string>>;
  /** The values among them that must not be shown. */
  readonly secrets: readonly string[];
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `--<input> <value>`, `--<input>=<value>` and `--<input>` (for `true`) for the inputs of one action, and what
 * the environment holds for it: `INPUT_<NAME>` for any input, also `<NAME>` for one that is a secret.
 * @throws UserError or UserErrors for unknown and repeated flags, stray words, and secrets on the command line.
 */
export function readFlags(
  args: readonly string[],
  inputNames: readonly string[],
  env: Environment,
): GivenInputs {
  const inputs = new Map<string, string>();
  const problems: UserError[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const [, name, , attached] = /^--([^=]+)(=(.*))?$/s.exec(args[index] ?? "") ?? [];
    const next = args[index + 1];
    const detached = attached === undefined && next !== undefined && !next.startsWith("--");
    if (detached && name !== undefined) index += 1;
    const problem = name === undefined ? strayWord(index) : flagProblem(name, inputNames, inputs);
    if (problem !== undefined) problems.push(problem);
    else if (name !== undefined) inputs.set(name, attached ?? (detached ? next : "true"));
  }
  throwProblems(problems);

  const secrets: string[] = [];
  for (const name of inputNames) {
    const value = inputs.has(name) ? undefined : fromEnvironment(name, env);
    if (value === undefined) continue;
    inputs.set(name, value);
    if (isSecretInput(name)) secrets.push(value);
  }
  return { inputs: Object.fromEntries(inputs), secrets };
}

/** The variables that give an input, most specific first. A shell cannot export a name with a dash, hence the `_`. */
export function inputVariables(name: string): string[] {
  const snake = name.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
  return isSecretInput(name) ? [`INPUT_${snake}`, snake] : [`INPUT_${snake}`];
}

function fromEnvironment(name: string, env: Environment): string | undefined {
  return inputVariables(name)
    .map((variable) => env[variable])
    .find((value) => value !== undefined && value !== "");
}

/** Names its place and not the word, which may be part of a secret. */
function strayWord(index: number): UserError {
  return new UserError(`Argument ${index + 1} after the action's name belongs to no flag.`, {
    hint: "Write inputs as --<input> <value>, or --<input>=<value> when the value starts with '--'.",
  });
}

function flagProblem(
  name: string,
  inputNames: readonly string[],
  given: ReadonlyMap<string, string>,
): UserError | undefined {
  if (!inputNames.includes(name)) {
    const close = nearest(name, inputNames);
    const hint = close === undefined ? "--help lists the inputs." : `Did you mean --${close}?`;
    return new UserError(`--${name}: the action has no such input.`, { hint });
  }
  if (isSecretInput(name)) {
    return new UserError(`--${name}: a secret on a command line is readable by every user of the machine.`, {
      hint: `Put it into the environment as ${inputVariables(name).join(" or ")}; this value may have been seen already.`,
    });
  }
  if (given.has(name)) {
    return new UserError(`--${name}: is given twice.`, { hint: "Give it once; a list goes into one value." });
  }
  return undefined;
}
