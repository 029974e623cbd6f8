import { nearest } from "../../../shared/runtime/nearest.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import type { DeployEvent } from "./event.ts";
import { headline } from "./message.ts";
import { iconOf, STATUSES, TRANSITIONS, verdictOf } from "./status.ts";

type Texts = Readonly<Record<string, string>>;

/** What a template can put in, by name. */
export type Values = {
  readonly texts: Texts;
  readonly flags: ReadonlySet<string>;
  readonly lists: Readonly<Record<string, readonly Texts[]>>;
};

const TEXTS = {
  title: headline,
  message: ({ message }) => message,
  status: ({ status }) => status,
  icon: ({ status }) => iconOf(status),
  verdict: ({ status, transition }) => verdictOf(status, transition),
  transition: ({ transition }) => transition ?? "",
  repository: ({ repository }) => repository,
  workflow: ({ workflow }) => workflow,
  environment: ({ environment }) => environment,
  "environment-url": ({ environmentUrl }) => environmentUrl,
  version: ({ version }) => version,
  branch: ({ branch }) => branch,
  actor: ({ actor }) => actor,
  commit: ({ commit }) => commit.sha,
  "short-commit": ({ commit }) => commit.sha.slice(0, 7),
  "commit-title": ({ commit }) => commit.title,
  "commit-author": ({ commit }) => commit.author,
  "commit-url": ({ commit }) => commit.url,
  "compare-url": ({ compareUrl }) => compareUrl,
  "run-number": ({ run }) => run.number,
  "run-attempt": ({ run }) => run.attempt,
  "run-url": ({ run }) => run.url,
  duration: ({ durationMs }) => (durationMs === undefined ? "" : formatDuration(durationMs)),
} as const satisfies Readonly<Record<string, (event: DeployEvent) => string>>;

// `ok` says nothing that `success` does not.
const FLAGS: readonly string[] = [...STATUSES, ...TRANSITIONS.filter((transition) => transition !== "ok")];

const LISTS: Readonly<Record<string, readonly string[]>> = {
  failed: ["job", "step", "error", "url"],
  fields: ["name", "value"],
};

/** What a placeholder's name stands for. */
export type Kind = "text" | "flag" | "list";

/** What the user brings along: fields by name, and the variables of the step's environment. */
export type Own = { readonly fields: readonly string[]; readonly env: Readonly<NodeJS.ProcessEnv> };

/**
 * The kind of a name within sections over the lists `within`; `undefined` for a name that does not exist. Without `own`
 * whatever could be of the user's own is taken to exist.
 */
export function kindOf(name: string, within: readonly string[], own: Own | undefined): Kind | undefined {
  if (Object.hasOwn(TEXTS, name) || within.some((list) => LISTS[list]?.includes(name))) return "text";
  if (FLAGS.includes(name)) return "flag";
  if (Object.hasOwn(LISTS, name)) return "list";
  if (own === undefined && /^(?:field|env)\./.test(name)) return "text";
  if (own === undefined) return undefined;
  if (name.startsWith("field.")) return own.fields.includes(name.slice(6)) ? "text" : undefined;
  if (name.startsWith("env.")) return own.env[name.slice(4)] === undefined ? undefined : "text";
  return undefined;
}

/** What to do about a name that does not exist. */
export function hintFor(name: string, within: readonly string[], own: Own | undefined): string {
  if (name.startsWith("env.")) return `Set ${name.slice(4)} under the step's 'env:'.`;
  const list = Object.entries(LISTS).find(([, names]) => names.includes(name))?.[0];
  if (list !== undefined) return `It exists within {{#${list}}}…{{/${list}}}.`;
  const fields = (own?.fields ?? []).map((field) => `field.${field}`);
  const known = [
    ...Object.keys(TEXTS),
    ...FLAGS,
    ...Object.keys(LISTS),
    ...within.flatMap((each) => LISTS[each] ?? []),
    ...fields,
  ];
  if (name.startsWith("field.") && fields.length === 0) return "The input fields is empty.";
  const near = nearest(name, known);
  return near === undefined ? `There are: ${known.join(", ")}.` : `Did you mean ${near}?`;
}

/** The values of an event. */
export function valuesOf(event: DeployEvent, env: Readonly<NodeJS.ProcessEnv>): Values {
  const texts = Object.entries(TEXTS).map(([name, read]): [string, string] => [name, read(event)]);
  const fields = event.fields.map(({ name, value }): [string, string] => [`field.${name}`, value]);
  const variables = Object.entries(env).map(([name, value]): [string, string] => [
    `env.${name}`,
    value ?? "",
  ]);
  return {
    texts: Object.fromEntries([...texts, ...fields, ...variables]),
    flags: new Set<string>([event.status, event.transition ?? ""]),
    lists: { failed: event.failed, fields: event.fields },
  };
}
