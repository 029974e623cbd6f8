import { type ConfigDocument, configError } from "../../../shared/runtime/config-document.ts";
import { nearest } from "../../../shared/runtime/nearest.ts";
import type { UserError } from "../../../shared/runtime/user-error.ts";
import { referencesOf } from "./probe-schema.ts";

type Mapping = Readonly<Record<string, unknown>>;

/** Names in a manifest that stand for nothing in it. The value need not fit the schema. Pure. */
export function referenceProblems({ value, locate }: ConfigDocument, file: string): UserError[] {
  const problems: UserError[] = [];
  const problem = (path: readonly string[], why: string, hint: string): void => {
    problems.push(configError(path.join("."), why, hint, { file, ...locate(path) }));
  };
  const mustBeIn = (word: string, known: readonly string[], path: readonly string[], what: string): void => {
    if (known.includes(word)) return;
    const near = nearest(word, known);
    const add = `Add it to ${what}`;
    const hint = near === undefined ? `${add}.` : `Did you mean ${near}? ${add} otherwise.`;
    problem(path, `${word} is not in ${what}`, hint);
  };
  const manifest = mapping(value);
  const environments = texts(manifest["environments"]);
  const secrets = mapping(manifest["secrets"]);
  for (const [name, rules] of Object.entries(secrets)) {
    const { required, ...others } = mapping(rules);
    const path = ["secrets", name];
    for (const each of texts(required)) mustBeIn(each, environments, [...path, "required"], "environments");
    for (const key of ["differs-from", "may-equal"]) {
      for (const other of texts(others[key])) {
        if (other === name) problem([...path, key], "names the secret itself", "Name another one.");
        else mustBeIn(other, Object.keys(secrets), [...path, key], "secrets");
      }
    }
  }
  const probes = mapping(manifest["probes"]);
  const hops = Object.keys(probes).filter((name) => mapping(probes[name])["kind"] === "ssh");
  for (const [name, value] of Object.entries(probes)) {
    const probe = mapping(value);
    const path = ["probes", name];
    for (const each of texts(probe["for"])) mustBeIn(each, environments, [...path, "for"], "environments");
    for (const [key, secret] of referencesOf(probe)) {
      const at = [...path, probe["kind"] === "command" ? "secrets" : key];
      mustBeIn(secret, Object.keys(secrets), at, "secrets");
    }
    for (const hop of probe["kind"] === "postgres" ? texts(probe["via"]) : [])
      mustBeIn(hop, hops, [...path, "via"], "the ssh probes");
  }
  return problems;
}

function mapping(value: unknown): Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
}

/** A text, or a list of texts. */
function texts(value: unknown): string[] {
  return [value].flat().filter((each) => typeof each === "string");
}
