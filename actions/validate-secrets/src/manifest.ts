import { type Config, readConfig } from "../../../shared/runtime/config.ts";
import { parseConfig } from "../../../shared/runtime/config-document.ts";
import { throwProblems, UserError, UserErrors, type Where } from "../../../shared/runtime/user-error.ts";
import { guessKind, type KindName } from "./kinds.ts";
import { type ManifestConfig, manifestSchema, type SecretConfig } from "./manifest-schema.ts";
import { type ProbeConfig, referencesOf } from "./probe-schema.ts";
import { referenceProblems } from "./references.ts";

/** A secret as the manifest declares it. */
export type Declared = {
  readonly name: string;
  readonly kind: KindName;
  readonly rules: SecretConfig;
  /** Environments in which it must be there; undefined for all. */
  readonly environments: readonly string[] | undefined;
  readonly differsFrom: readonly string[];
  readonly mayEqual: readonly string[];
  readonly where: Where;
};

export type DeclaredProbe = {
  readonly name: string;
  readonly config: ProbeConfig;
  /** The secrets it uses, by the keys that name them. */
  readonly references: ReadonlyMap<string, string>;
  readonly where: Where;
};

export type Manifest = {
  readonly file: string;
  readonly environments: readonly string[];
  readonly githubEnvironments: boolean;
  readonly warnDays: number;
  readonly ca: string | undefined;
  readonly secrets: readonly Declared[];
  readonly probes: readonly DeclaredProbe[];
};

/** Reads a manifest. Throws UserError or UserErrors: everything that is wrong with it, each with its place. */
export function readManifest(text: string, file: string): Manifest {
  const { value, locate } = checked(text, file);
  return {
    file,
    environments: value.environments ?? [],
    githubEnvironments: value["github-environments"],
    warnDays: value["warn-days"],
    ca: value.ca,
    secrets: Object.entries(value.secrets).map(([name, rules]) => ({
      name,
      kind: rules.kind ?? guessKind(name),
      rules,
      environments: rules.required === true ? undefined : rules.required,
      differsFrom: [rules["differs-from"] ?? []].flat(),
      mayEqual: [rules["may-equal"] ?? []].flat(),
      where: { file, ...locate(["secrets", name], "key") },
    })),
    probes: Object.entries(value.probes ?? {}).map(([name, probe]) => ({
      name,
      config: probe,
      references: referencesOf(probe),
      where: { file, ...locate(["probes", name], "key") },
    })),
  };
}

/** Against the schema and against itself, so that all mistakes are told at once. */
function checked(text: string, file: string): Config<ManifestConfig> {
  const problems = referenceProblems(parseConfig(text, file), file);
  try {
    const config = withoutTexts(() => readConfig(text, file, manifestSchema));
    throwProblems(problems);
    return config;
  } catch (error) {
    if (problems.length === 0 || !(error instanceof UserError || error instanceof UserErrors)) throw error;
    const others = error instanceof UserErrors ? error.problems : [error];
    const all = [...new Set([...others, ...problems])];
    throw new UserErrors(all.toSorted((a, b) => (a.where?.line ?? 0) - (b.where?.line ?? 0)));
  }
}

/** The mistakes without the texts that stand in the file: one may be a secret, set here by mistake and not masked. */
function withoutTexts<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const problems = error instanceof UserErrors ? error.problems : [error];
    throwProblems(
      problems.map((problem) => {
        if (!(problem instanceof UserError)) throw problem;
        const { message, hint, where } = problem;
        const told = message.replace(/, but is the text ".*"\.?$/s, ", but is a text.");
        return new UserError(told, { hint, ...(where === undefined ? {} : { where }) });
      }),
    );
    throw error;
  }
}
