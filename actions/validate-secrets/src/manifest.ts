import { type Config, readConfig } from "../../../shared/runtime/config.ts";
import { configError } from "../../../shared/runtime/config-document.ts";
import { nearest } from "../../../shared/runtime/nearest.ts";
import { throwProblems, type UserError, type Where } from "../../../shared/runtime/user-error.ts";
import { guessKind, type KindName } from "./kinds.ts";
import { type ManifestConfig, manifestSchema, type SecretConfig } from "./manifest-schema.ts";
import { type ProbeConfig, referencesOf } from "./probe-schema.ts";

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
  const config = readConfig(text, file, manifestSchema);
  throwProblems(crossProblems(config, file));
  const { value, locate } = config;
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

/** What the parts of a manifest say of each other and do not keep. */
function crossProblems({ value, locate }: Config<ManifestConfig>, file: string): UserError[] {
  const problems: UserError[] = [];
  const problem = (path: readonly string[], why: string, hint: string): void => {
    problems.push(configError(path.join("."), why, hint, { file, ...locate(path) }));
  };
  const oneOf = (word: string, known: readonly string[], path: readonly string[], what: string): void => {
    if (known.includes(word)) return;
    const near = nearest(word, known);
    const add = `Add it to ${what}`;
    problem(
      path,
      `${word} is not in ${what}`,
      near === undefined ? `${add}.` : `Did you mean ${near}? ${add} otherwise.`,
    );
  };
  const environments = value.environments ?? [];
  const names = Object.keys(value.secrets);
  for (const [name, rules] of Object.entries(value.secrets)) {
    const path = ["secrets", name];
    if (Array.isArray(rules.required))
      for (const each of rules.required) oneOf(each, environments, [...path, "required"], "environments");
    for (const key of ["differs-from", "may-equal"] as const) {
      for (const other of [rules[key] ?? []].flat()) {
        if (other === name) problem([...path, key], "names the secret itself", "Name another one.");
        else oneOf(other, names, [...path, key], "secrets");
      }
    }
  }
  const probes = Object.entries(value.probes ?? {});
  for (const [name, probe] of probes) {
    const path = ["probes", name];
    for (const each of probe.for ?? []) oneOf(each, environments, [...path, "for"], "environments");
    for (const [key, secret] of referencesOf(probe))
      oneOf(secret, names, [...path, probe.kind === "command" ? "secrets" : key], "secrets");
    if (probe.kind !== "postgres" || probe.via === undefined) continue;
    const hops = probes.filter(([, other]) => other.kind === "ssh").map(([other]) => other);
    oneOf(probe.via, hops, [...path, "via"], "the ssh probes");
  }
  return problems;
}
