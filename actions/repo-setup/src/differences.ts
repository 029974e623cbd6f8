import type { Config } from "./config-schema.ts";
import { type Environment, environmentSettings } from "./environment.ts";
import { type Protection, settingsOf } from "./protection.ts";

/** What GitHub says: the protection of each branch and each environment that the file names; undefined for none. */
export type Facts = {
  readonly owner: string;
  readonly branches: ReadonlyMap<string, Protection | undefined>;
  readonly environments: ReadonlyMap<string, Environment | undefined>;
};

/** A setting that is not as the file says. */
export type Difference = {
  readonly kind: "branch" | "environment";
  readonly name: string;
  readonly setting: string;
  readonly is: string;
  readonly wanted: string;
};

/** Where the repository is not as the file says. What the file does not name does not count. Pure. */
export function differencesOf(config: Config, facts: Facts): Difference[] {
  const branches = Object.entries(config.branches).flatMap(([name, wanted]) =>
    compare(
      "branch",
      name,
      wanted,
      settingsOf(facts.branches.get(name)),
      facts.branches.get(name) === undefined,
    ),
  );
  const environments = Object.entries(config.environments).flatMap(([name, wanted]) => {
    const found = facts.environments.get(name);
    return compare("environment", name, wanted, environmentSettings(found, facts.owner), found === undefined);
  });
  return [...branches, ...environments];
}

function compare(
  kind: Difference["kind"],
  name: string,
  wanted: Readonly<Record<string, unknown>>,
  is: Readonly<Record<string, unknown>>,
  absent: boolean,
): Difference[] {
  const found = Object.entries(wanted).flatMap(([setting, value]): Difference[] => {
    if (value === undefined) return [];
    const [one, other] = [inWords(is[setting]), inWords(value)];
    // Logins and teams are the same in any case; names of checks and branches are not.
    const same = setting === "reviewers" ? one.toLowerCase() === other.toLowerCase() : one === other;
    return same ? [] : [{ kind, name, setting, is: one, wanted: other }];
  });
  if (!absent || found.length > 0) return found;
  return [
    { kind, name, setting: kind === "branch" ? "protection" : "environment", is: "none", wanted: "there" },
  ];
}

function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.toSorted().join(", ");
  return value === undefined ? "none" : String(value);
}
