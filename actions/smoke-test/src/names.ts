import type { Source } from "./plan.ts";
import type { ConfigPath, Problems } from "./problems.ts";
import { fill, namesIn, own, parseTemplate } from "./template.ts";

type User = {
  readonly name: string;
  readonly ancestors: ReadonlySet<string>;
  readonly config: object;
};

function captures(user: User, name: string): boolean {
  const { config } = user;
  return (
    "capture" in config && typeof config.capture === "object" && Object.hasOwn(config.capture ?? {}, name)
  );
}

/** What `${NAME}` stands for: a value from the environment, or what a check captured from an answer. */
export type Names = {
  /** Fills in a text in which every name comes from the environment. */
  readonly fill: (text: string) => string;
  /** Whether every name of a text used by `user` is known before anything is sent. */
  readonly isKnown: (text: string, user: User | undefined) => boolean;
  /** Values that the config puts where secrets stand. */
  readonly secrets: () => readonly string[];
  /** Notes a secret that stands in the file itself. */
  readonly addSecret: (value: string) => void;
};

// A name that says of itself that its value is a secret.
const SENSITIVE = /token|secret|passw|passphrase|credential|api_?key|private|database_url|redis_url|dsn/i;
// Keys of a check whose content goes to the server and may be a credential; expectations and names are not among them.
const CARRIES_SECRETS = new Set(["headers", "cookies", "body", "form", "json"]);
const ADDRESSES = new Set([
  "base-url",
  "origins",
  "get",
  "head",
  "post",
  "put",
  "patch",
  "delete",
  "options",
]);
const CREDENTIAL_HEADER =
  /^(?:authorization|proxy-authorization|cookie|.*(?:token|secret|api-?key|auth).*)$/i;

/** Finds every `${NAME}` of the config, reports the ones without a value, and tells which values are secrets. */
export function readNames(source: Source, users: readonly User[], problems: Problems): Names {
  const { config, overrides } = source;
  const variable = (name: string): string | undefined => own(source.env, name);
  const secrets = new Set<string>();
  const reported = new Set<string>();
  const capturedBy = (name: string, user: User | undefined): string | undefined =>
    users.find((other) => user?.ancestors.has(other.name) === true && captures(other, name))?.name;

  const report = (name: string, path: ConfigPath, user: User | undefined): void => {
    const elsewhere = users.find((other) => other !== user && captures(other, name));
    if (elsewhere !== undefined && user !== undefined) {
      problems.add(
        path,
        `\${${name}} is captured by the check "${elsewhere.name}", which this one does not need`,
        `Add 'needs: ${elsewhere.name}'.`,
      );
      return;
    }
    if (reported.has(name)) return;
    reported.add(name);
    const why = variable(name) === undefined ? "is not set" : "is empty";
    problems.add(
      path,
      `\${${name}} ${why}`,
      `Add '${name}' to the 'env' of the step; a secret that does not exist gives an empty value.`,
    );
  };

  const visit = (value: unknown, path: ConfigPath, user: User | undefined, depth: number): void => {
    if (typeof value === "string") {
      for (const name of namesIn(parseTemplate(value))) {
        if (capturedBy(name, user) !== undefined) continue;
        const found = variable(name) ?? "";
        if (found === "") report(name, path, user);
        else if (SENSITIVE.test(name) || standsForSecret(value, name, path.slice(depth))) secrets.add(found);
      }
      if (CARRIES_SECRETS.has(String(path[depth])) && isCredential(path.slice(depth)))
        addLiterals(value, secrets);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, part] of Object.entries(value)) {
        visit(part, [...path, Array.isArray(value) ? Number(key) : key], user, depth);
      }
    }
  };

  const { checks = [], load: loads = [], version, "base-url": base, ...rest } = config;
  visit(rest, [], undefined, 1);
  visit(base, ["base-url"], undefined, 0);
  const equals = overrides.expectVersion === undefined ? version?.equals : undefined;
  visit({ ...version, equals }, ["version"], undefined, 1);
  const byName = new Map(users.map((user) => [user.name, user]));
  for (const [index, check] of checks.entries()) visit(check, ["checks", index], byName.get(check.name), 2);
  for (const [index, load] of loads.entries()) visit(load, ["load", index], byName.get(load.name), 2);

  const isKnown = (text: string, user: User | undefined): boolean =>
    namesIn(parseTemplate(text)).every(
      (name) => capturedBy(name, user) === undefined && Boolean(variable(name)),
    );
  return {
    fill: (text) => fill(parseTemplate(text), (name) => variable(name) ?? ""),
    isKnown,
    secrets: () => [...secrets],
    addSecret: (value) => void secrets.add(value),
  };
}

/** Whether a name used at a path inside a check stands where credentials do. */
function standsForSecret(text: string, name: string, path: ConfigPath): boolean {
  const key = String(path[0]);
  if (CARRIES_SECRETS.has(key)) return true;
  // In an address the host is no secret; what follows it may be (webhook paths, ?key=…), and so may a user before it.
  if (!ADDRESSES.has(key)) return false;
  const host = /^(?:[a-z]+:\/\/)?[^/?#@]*/i.exec(text)?.[0] ?? "";
  return text.includes("@") || !host.includes(`\${${name}}`);
}

function isCredential(path: ConfigPath): boolean {
  const [first, second, ...deeper] = path.map(String);
  if (first === "headers") return second !== undefined && CREDENTIAL_HEADER.test(second);
  if (first === "cookies") return true;
  return (first === "json" || first === "form") && SENSITIVE.test([second, ...deeper].join("."));
}

/** The literal parts of a credential: what is not a name, and is not the word for the scheme. */
function addLiterals(text: string, secrets: Set<string>): void {
  for (const part of parseTemplate(text).parts) {
    if (typeof part !== "string") continue;
    const literal = part.replace(/^\s*(?:basic|bearer|token|digest|apikey)\s+/i, "").trim();
    if (literal.length >= 4 && !/^(?:basic|bearer|token|digest|apikey)$/i.test(literal)) secrets.add(literal);
  }
}
