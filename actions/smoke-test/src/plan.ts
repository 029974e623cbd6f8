import { nearest } from "../../../shared/runtime/nearest.ts";
import type { Where } from "../../../shared/runtime/user-error.ts";
import type { CheckConfig, Config, Kind, LoadConfig, VersionConfig } from "./config-schema.ts";
import { isRepeatable, KINDS } from "./config-schema.ts";
import { type Names, readNames } from "./names.ts";
import { ancestors, findCycle } from "./needs.ts";
import { checkCheck, checkLoad, checkVersion } from "./plan-rules.ts";
import { type ConfigPath, Problems } from "./problems.ts";

export type Policy = {
  /** Retries and the first attempt. */
  readonly attempts: number;
  readonly intervalMs: number;
  readonly backOff: number;
  readonly retryOn: "network" | "any";
};

type Planned<Config> = {
  readonly name: string;
  readonly config: Config;
  readonly needs: readonly string[];
  readonly where: Where;
  readonly timeoutMs: number;
  /** The checks it needs, directly or through others: their captures may be used. */
  readonly ancestors: ReadonlySet<string>;
};
export type Check = Planned<CheckConfig> & { readonly kind: Kind; readonly policy: Policy };
export type Load = Planned<LoadConfig>;
export type VersionCheck = {
  readonly config: VersionConfig;
  readonly expected: string;
  readonly where: Where;
  readonly policy: Policy;
  readonly timeoutMs: number;
};

export type Plan = {
  readonly baseUrl: string | undefined;
  /** The file with the certificates of an authority of one's own. */
  readonly ca: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly version: VersionCheck | undefined;
  readonly checks: readonly Check[];
  readonly loads: readonly Load[];
  readonly concurrency: number;
  readonly stabilityMs: number;
  /** How often a round of checks begins within the stability window, in milliseconds. */
  readonly stabilityIntervalMs: number;
  readonly stabilityWhere: Where;
  /** Values that must not be seen: taken from the environment or the file, in a place where secrets stand. */
  readonly secrets: readonly string[];
};

/** What the inputs say besides the file; `undefined` where the file or the default decides. */
export type Overrides = {
  readonly expectVersion: string | undefined;
  readonly retries: number | undefined;
  readonly intervalMs: number | undefined;
  readonly stabilityMs: number | undefined;
};

export type Source = {
  readonly config: Config;
  readonly overrides: Overrides;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hasSsh: boolean;
  /** Where a part of the config stands. */
  readonly whereOf: (path: ConfigPath) => Where;
};

const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_RETRIES = 5;
const DEFAULT_INTERVAL_MS = 10_000;

/** Decides what will be done. Throws UserError or UserErrors with every mistake; nothing was sent by then. */
export function makePlan(source: Source): Plan {
  const { config, overrides } = source;
  const problems = new Problems(source.whereOf);
  const checks = planChecks(source, problems);
  const loads = planLoads(source, checks, problems);
  const names = readNames(source, [...checks, ...loads], problems);
  const version = planVersion(source, names, problems);
  for (const [index, check] of checks.entries())
    checkCheck(check, ["checks", index], source, names, problems);
  for (const [index, load] of loads.entries()) checkLoad(load, ["load", index], source, names, problems);
  const stabilityMs = overrides.stabilityMs ?? config.stability ?? 0;
  if (stabilityMs > 0 && version === undefined && !checks.some(({ kind }) => isRepeatable(kind))) {
    problems.add(
      ["stability"],
      "there is nothing that can be repeated: it takes a version, or a check that changes nothing",
      "Add such a check, or leave the stability out.",
    );
  }
  problems.throw();
  return {
    baseUrl: config["base-url"] === undefined ? undefined : names.fill(config["base-url"]),
    ca: config.ca === undefined ? undefined : names.fill(config.ca),
    headers: config.defaults?.headers ?? {},
    version,
    checks,
    loads,
    concurrency: config.concurrency,
    stabilityMs,
    stabilityIntervalMs: stabilityInterval(overrides.intervalMs ?? config.defaults?.interval),
    stabilityWhere: source.whereOf(["stability"]),
    secrets: names.secrets(),
  };
}

/** Often enough to see a short outage, and never a flood, whatever the pause between attempts is. */
function stabilityInterval(intervalMs = DEFAULT_INTERVAL_MS): number {
  return Math.min(Math.max(intervalMs, 500), 5_000);
}

function planChecks(source: Source, problems: Problems): Check[] {
  const configs = source.config.checks ?? [];
  const needs = new Map(configs.map((config) => [config.name, listOf(config.needs)]));
  const seen = new Set<string>();
  return configs.map((config, index) => {
    const path = ["checks", index];
    if (seen.has(config.name))
      problems.add([...path, "name"], `two checks have the name "${config.name}"`, "Give each its own name.");
    seen.add(config.name);
    reportUnknownNeeds(config, path, needs, problems);
    const cycle = findCycle(config.name, needs);
    if (cycle !== undefined)
      problems.add(
        [...path, "needs"],
        `checks need each other in a circle: ${cycle.join(" → ")}`,
        "Take one of the 'needs' away.",
      );
    return {
      name: config.name,
      config,
      kind: KINDS.find((kind) => config[kind] !== undefined) ?? "get",
      needs: listOf(config.needs),
      ancestors: ancestors(config.name, needs),
      where: source.whereOf([...path, "name"]),
      policy: policyOf(config, source),
      timeoutMs: config.timeout ?? source.config.defaults?.timeout ?? DEFAULT_TIMEOUT_MS,
    };
  });
}

function planLoads(source: Source, checks: readonly Check[], problems: Problems): Load[] {
  const needs = new Map(checks.map((check) => [check.name, check.needs]));
  const seen = new Set(needs.keys());
  return (source.config.load ?? []).map((config, index) => {
    const path = ["load", index];
    if (seen.has(config.name))
      problems.add([...path, "name"], `two checks have the name "${config.name}"`, "Give each its own name.");
    seen.add(config.name);
    reportUnknownNeeds(config, path, needs, problems);
    return {
      name: config.name,
      config,
      needs: listOf(config.needs),
      ancestors: ancestors(config.name, new Map([...needs, [config.name, listOf(config.needs)]])),
      where: source.whereOf([...path, "name"]),
      timeoutMs: config.timeout ?? source.config.defaults?.timeout ?? DEFAULT_TIMEOUT_MS,
    };
  });
}

function planVersion(source: Source, names: Names, problems: Problems): VersionCheck | undefined {
  const { config, overrides } = source;
  const { version } = config;
  if (version === undefined) {
    if (overrides.expectVersion !== undefined) {
      problems.add(
        [],
        "expect-version is given, and the file does not say where to ask for the version",
        "Add 'version: { get: /version, json: $.sha }'.",
      );
    }
    return undefined;
  }
  checkVersion(version, source, names, problems);
  const expected =
    overrides.expectVersion ?? (version.equals === undefined ? undefined : names.fill(version.equals).trim());
  if (expected === undefined) {
    problems.add(
      ["version"],
      "does not say which version is expected",
      "Add 'equals', or the input expect-version.",
    );
  }
  return {
    config: version,
    expected: expected ?? "",
    where: source.whereOf(["version"]),
    policy: policyOf(version, source),
    timeoutMs: version.timeout ?? config.defaults?.timeout ?? DEFAULT_TIMEOUT_MS,
  };
}

type PolicyConfig = Pick<CheckConfig, "retries" | "interval" | "back-off" | "retry-on">;

function policyOf(own: PolicyConfig, { config, overrides }: Source): Policy {
  const defaults = config.defaults;
  return {
    attempts: 1 + (own.retries ?? overrides.retries ?? defaults?.retries ?? DEFAULT_RETRIES),
    intervalMs: own.interval ?? overrides.intervalMs ?? defaults?.interval ?? DEFAULT_INTERVAL_MS,
    backOff: own["back-off"] ?? defaults?.["back-off"] ?? 1,
    retryOn: own["retry-on"] ?? defaults?.["retry-on"] ?? "any",
  };
}

function reportUnknownNeeds(
  config: { readonly name: string; readonly needs?: string | string[] | undefined },
  path: ConfigPath,
  known: ReadonlyMap<string, readonly string[]>,
  problems: Problems,
): void {
  for (const need of listOf(config.needs)) {
    if (known.has(need)) continue;
    const close = nearest(need, known.keys());
    const hint = close === undefined ? "Name a check of this file." : `Did you mean "${close}"?`;
    problems.add([...path, "needs"], `needs "${need}", and there is no such check`, hint);
  }
}

/** One or several, as a list. */
export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
