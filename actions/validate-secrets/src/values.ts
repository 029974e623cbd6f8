import { UserError } from "../../../shared/runtime/user-error.ts";

/** The values at hand, by name. An absent name has no value; an empty one is as good as absent. */
export type Values = ReadonlyMap<string, string>;

const LONGEST_SECRET_KIB = 48;
const HINT =
  "Give `secrets: ${{ toJSON(secrets) }}`, or leave it out and name the secrets under the step's `env`.";

/**
 * Takes the values of the named secrets from the step's environment, and where that has none, from the JSON of the input
 * `secrets`. Throws a UserError that repeats nothing of it.
 */
export function readValues(
  names: readonly string[],
  env: Readonly<NodeJS.ProcessEnv>,
  json: string | undefined,
): Values {
  const given = json === undefined ? new Map<string, string>() : parseSecrets(json);
  const found = new Map<string, string>();
  for (const name of names) {
    const value = env[name] || given.get(name);
    if (value !== undefined && value !== "") found.set(name, value);
  }
  return found;
}

/** Every text of the JSON of the input `secrets`, by name in capitals. */
export function parseSecrets(json: string): Values {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    // Without the cause: JSON.parse quotes what it stumbled over.
    throw refusal("it is not JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw refusal("it is no JSON object");
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value !== "string")
      throw refusal(`the value of ${JSON.stringify(name.slice(0, 100))} is no text`);
    found.set(name.toUpperCase(), value);
  }
  return found;
}

function refusal(why: string): UserError {
  return new UserError(`input secrets: ${why}.`, { hint: HINT, where: { input: "secrets" } });
}

const CLASSES = [4, 8, 12, 16, 24, 32, 48, 64, 128, 256, 1_024] as const;

/** The only thing that reports say of a value: between which lengths it lies, in characters. */
export function lengthClass(value: string): string {
  const { length } = value;
  const above = CLASSES.findIndex((limit) => length < limit);
  if (above === 0) return `under ${CLASSES[0]}`;
  const from = CLASSES[(above === -1 ? CLASSES.length : above) - 1] ?? 0;
  const to = CLASSES[above];
  return to === undefined ? `${from} or more` : `${from} to ${to - 1}`;
}

/** GitHub's limit for one secret; a value can only be longer when it comes from somewhere else. */
export function isTooLong(value: string): boolean {
  return Buffer.byteLength(value) > LONGEST_SECRET_KIB * 1024;
}
