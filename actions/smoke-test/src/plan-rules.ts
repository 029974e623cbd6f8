import { isIP } from "node:net";
import { parseDatabaseUrl } from "../../../shared/postgres/address.ts";
import { baseAddress, checkPath, hostAndPort, redisAddress, userInfo, webAddress } from "./address.ts";
import { isMethod, type LoadConfig, type VersionConfig } from "./config-schema.ts";
import type { Names } from "./names.ts";
import type { Check, Load, Source } from "./plan.ts";
import type { ConfigPath, Problems } from "./problems.ts";

/** The rules for one check that need more than its own keys. */
export function checkCheck(
  check: Check,
  path: ConfigPath,
  source: Source,
  names: Names,
  problems: Problems,
): void {
  const { config, kind } = check;
  checkRoute(config.via, path, source, problems);
  const text = config[kind];
  const at = [...path, kind];
  if (text === undefined || !names.isKnown(text, check)) return;
  const value = names.fill(text);
  if (isMethod(kind)) {
    checkAddress(value, config.resolve, at, source, names, problems);
  } else if (kind === "postgres") {
    const address = problems.try(at, () => parseDatabaseUrl(value));
    names.addSecret(address?.password ?? value);
  } else if (kind === "redis") {
    const address = problems.try(at, () => redisAddress(value));
    names.addSecret(address?.password ?? value);
  } else {
    const address = problems.try(at, () => hostAndPort(value));
    if (config.resolve !== undefined && address !== undefined && isIP(address.host) !== 0)
      refuseResolve(path, problems);
  }
}

/** The rules for one load sample. */
export function checkLoad(
  load: Load,
  path: ConfigPath,
  source: Source,
  names: Names,
  problems: Problems,
): void {
  const { config } = load;
  checkRoute(config.via, path, source, problems);
  const method = loadMethod(config);
  const text = config[method] ?? "";
  if (names.isKnown(text, load)) {
    checkAddress(names.fill(text), config.resolve, [...path, method], source, names, problems);
  }
  const needed = neededSamples(config);
  const least = config["min-samples"] ?? needed;
  if (least > config.samples) {
    const why = config["min-samples"] === undefined ? "what its percentiles need" : "its own min-samples";
    problems.add(
      [...path, "samples"],
      `${config.samples} samples are fewer than ${least}, ${why}`,
      `Take at least ${least} samples.`,
    );
  }
}

/** The rules for the version. */
export function checkVersion(version: VersionConfig, source: Source, names: Names, problems: Problems): void {
  const path = ["version"];
  checkRoute(version.via, path, source, problems);
  if (version.origins !== undefined && version.addresses !== undefined) {
    problems.add([...path, "addresses"], "origins and addresses exclude each other", "Keep one of them.");
  }
  if (!names.isKnown(version.get, undefined)) return;
  const get = names.fill(version.get);
  for (const [index, origin] of (version.origins ?? []).entries()) {
    if (!names.isKnown(origin, undefined)) continue;
    problems.try([...path, "origins", index], () => {
      const url = baseAddress(names.fill(origin));
      addCredentials(url, names);
      webAddress(get, url.href);
    });
  }
  if (version.origins === undefined) {
    checkAddress(get, version.addresses?.[0], [...path, "get"], source, names, problems);
  }
}

/** The method of a load sample; the schema has made sure that there is one. */
export function loadMethod(
  config: LoadConfig,
): "get" | "head" | "post" | "put" | "patch" | "delete" | "options" {
  const methods = ["get", "head", "post", "put", "patch", "delete", "options"] as const;
  return methods.find((method) => config[method] !== undefined) ?? "get";
}

/** The fewest samples for which the percentiles asked for are not just the slowest answer. */
export function neededSamples({ expect }: LoadConfig): number {
  if (expect.p99 !== undefined) return 100;
  if (expect.p95 !== undefined) return 20;
  return expect.p90 === undefined ? 1 : 10;
}

function checkRoute(via: string | undefined, path: ConfigPath, source: Source, problems: Problems): void {
  if (via !== "ssh" || source.hasSsh) return;
  problems.add(
    [...path, "via"],
    "goes through SSH, and the step does not say through which server",
    "Set the inputs ssh-host, ssh-user, ssh-key and ssh-known-hosts.",
  );
}

function checkAddress(
  value: string,
  resolve: string | undefined,
  path: ConfigPath,
  source: Source,
  names: Names,
  problems: Problems,
): void {
  const base = source.config["base-url"];
  const isPath = value.startsWith("/") && !value.startsWith("//");
  let url: URL | undefined;
  if (isPath && base !== undefined) {
    // A base that is wrong is wrong for every check: told once, at its own place.
    const filled = names.fill(base);
    url = problems.once(["base-url"], () => baseAddress(filled));
    if (url !== undefined) problems.try(path, () => checkPath(value));
  } else {
    url = problems.try(path, () => webAddress(value, undefined));
  }
  if (url === undefined) return;
  addCredentials(url, names);
  if (resolve !== undefined && isIP(url.hostname.replace(/^\[|\]$/g, "")) !== 0) {
    refuseResolve(path.slice(0, -1), problems);
  }
}

/** A password in an address is a secret, encoded or not, and so is a user without one, which is a token. */
function addCredentials(url: URL, names: Names): void {
  const { user, password } = userInfo(url);
  if (password === "") names.addSecret(user);
  for (const secret of [password, url.password]) names.addSecret(secret);
}

function refuseResolve(path: ConfigPath, problems: Problems): void {
  problems.add(
    [...path, "resolve"],
    "is given for an address that names an IP address already",
    "Name the host, or leave 'resolve' out.",
  );
}
