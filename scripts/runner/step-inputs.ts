import type { Manifest } from "./manifest.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The inputs of a step as its process gets them, and what the runner says about them before it starts. */
export type StepInputs = {
  /** `INPUT_<NAME>` variables. */
  readonly variables: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
};

/**
 * Merges what stands under `with:` with the defaults of action.yml, as the runner does: names without regard to case,
 * inputs it does not know passed on with a warning, `required` not enforced (actions/runner ActionRunner.cs).
 */
export function stepInputs(
  manifest: Manifest,
  given: Readonly<Record<string, string>>,
  env: Environment,
): StepInputs {
  const declared = Object.keys(manifest.inputs);
  const givenNames = new Set(Object.keys(given).map(fold));
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) variables[inputVariable(name)] = value;
  for (const [name, input] of Object.entries(manifest.inputs)) {
    if (!givenNames.has(fold(name))) variables[inputVariable(name)] = evaluateDefault(input.default, env);
  }

  const warnings: string[] = [];
  for (const [name, { deprecationMessage }] of Object.entries(manifest.inputs)) {
    if (deprecationMessage === undefined || !givenNames.has(fold(name))) continue;
    warnings.push(`Input '${name}' has been deprecated with message: ${deprecationMessage}`);
  }
  const known = new Set(declared.map(fold));
  const unexpected = Object.keys(given).filter((name) => !known.has(fold(name)));
  if (unexpected.length > 0) {
    warnings.push(`Unexpected input(s) ${quoted(unexpected)}, valid inputs are [${quoted(declared)}]`);
  }
  return { variables, warnings };
}

/** The variable in which the runner hands over an input: spaces become underscores, dashes stay (Handler.cs). */
function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
}

/**
 * The default of an input with its `${{ … }}` replaced. Of the expressions only the plain lookups `github.<name>`,
 * `runner.<name>` and `env.<NAME>` can be answered here, from the step's environment; anything else is empty.
 */
export function evaluateDefault(text: string, env: Environment): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_match, expression: string) => {
    const [, context = "", name = ""] = /^\s*(github|runner|env)\.([\w-]+)\s*$/.exec(expression) ?? [];
    if (context === "env") return env[name] ?? "";
    return env[`${context}_${name}`.toUpperCase()] ?? "";
  });
}

function fold(name: string): string {
  return name.toLowerCase();
}

function quoted(names: readonly string[]): string {
  return `'${names.join("', '")}'`;
}
