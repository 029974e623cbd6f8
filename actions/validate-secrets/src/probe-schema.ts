import * as z from "zod";
import { parseDuration, ValueError } from "../../../shared/runtime/values.ts";

/*
 * In a probe, a word in capitals names a secret of the manifest, and anything else is the value itself, as in
 * `port: 5432`. Credentials are always names.
 */

/** How the name of a secret is written; it is also how a value is told from a name. */
export const NAME = /^[A-Z_][A-Z0-9_]*$/;

const name = z
  .string()
  // Not as a pattern: the message would quote what stands there, which may be the secret itself.
  .refine((text) => NAME.test(text), "must be the name of a secret, in capitals; never the secret itself")
  .meta({ pattern: NAME.source })
  .describe("The name of a secret");
const nameOrText = z
  .union([z.string().min(1), z.int()])
  .transform(String)
  .describe("The name of a secret, or the value itself");
const address = (what: string) =>
  z
    .string()
    .refine(isWebAddress, "must be a URL with its scheme, without user or password")
    .describe(`${what}; for a server of your own`);
const list = z.array(z.string().min(1)).min(1);

function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

const duration = z.string().transform((text, context) => {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
    return z.NEVER;
  }
});

const common = {
  for: list.optional().describe("The environments in which it runs; default: all"),
  timeout: duration.optional().describe("Default: 15s"),
};
const postgresAddress = {
  url: name.optional().describe("A database URL in one secret; instead of the parts"),
  host: nameOrText.optional(),
  port: nameOrText.optional(),
  user: nameOrText.optional(),
  password: name.optional(),
  database: nameOrText.optional(),
  sslmode: z.enum(["disable", "require", "verify-ca", "verify-full"]).optional(),
  sslrootcert: nameOrText.optional().describe("PEM text in a secret, a path, or system"),
};
const awsKey = { key: name, secret: name, "session-token": name.optional() };

const postgres = z
  .strictObject({
    kind: z.literal("postgres"),
    ...postgresAddress,
    via: z
      .string()
      .optional()
      .describe("The name of an ssh probe, through whose server the database is reached"),
    rights: z
      .enum(["connect", "backup"])
      .default("connect")
      .describe("backup: could the role dump everything?"),
    ...common,
  })
  .superRefine((value, context) => {
    const parts = (["host", "port", "user", "password", "database"] as const).filter(
      (key) => value[key] !== undefined,
    );
    const refuse = (key: string, message: string): void =>
      context.addIssue({ code: "custom", path: [key], message });
    if (value.url !== undefined) for (const key of parts) refuse(key, "does not go with url, which has it");
    else
      for (const key of ["host", "user", "password"] as const)
        if (value[key] === undefined) context.addIssue({ code: "custom", message: `needs ${key}, or url` });
  });

const slack = z
  .strictObject({
    kind: z.literal("slack"),
    token: name.optional(),
    webhook: name.optional(),
    scopes: list.optional().describe("Scopes that the token must have, such as chat:write"),
    "api-url": address("Default: https://slack.com/api").optional(),
    "hooks-url": address("Default: https://hooks.slack.com").optional(),
    ...common,
  })
  .refine((value) => value.token !== undefined || value.webhook !== undefined, "needs token or webhook")
  .refine((value) => value.scopes === undefined || value.token !== undefined, "scopes need token");

const http = z
  .strictObject({
    kind: z.literal("http"),
    url: nameOrText,
    method: z.enum(["GET", "HEAD"]).default("GET"),
    token: name.optional().describe("Sent as Authorization: Bearer, or in the header named by header"),
    header: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "is not a header name")
      .optional(),
    user: nameOrText.optional().describe("Sent with password as Authorization: Basic"),
    password: name.optional(),
    valid: z
      .array(z.int().min(100).max(599))
      .min(1)
      .optional()
      .describe("Statuses that prove it; default: any 2xx"),
    invalid: z.array(z.int().min(400).max(499)).default([401]).describe("Statuses that disprove it"),
    insufficient: z.array(z.int().min(400).max(499)).default([403]).describe("Statuses for a lack of rights"),
    ...common,
  })
  .superRefine((value, context) => {
    const issue = (path: string[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    if (value.token !== undefined && value.password !== undefined)
      issue(["password"], "there is a token already");
    if (value.header !== undefined && value.token === undefined) issue(["header"], "needs token");
    if ((value.user === undefined) !== (value.password === undefined))
      issue([], "needs user and password, or neither");
    if (!NAME.test(value.url) && !isWebAddress(value.url))
      issue(["url"], "must be the name of a secret, or a URL without user and password");
  });

const command = z.strictObject({
  kind: z.literal("command"),
  run: list.describe(
    "Program and arguments, without a shell. Exit 0: valid, 1: invalid, anything else: unknown",
  ),
  secrets: z.array(name).min(1).describe("What it finds in its environment, besides PATH and HOME"),
  ...common,
});

/** Related secrets that are tried together. */
export const probeSchema = z.discriminatedUnion("kind", [
  postgres,
  z.strictObject({
    kind: z.literal("ssh"),
    host: nameOrText.describe("[user@]host[:port]"),
    port: nameOrText.optional(),
    user: nameOrText.optional(),
    key: name,
    passphrase: name.optional(),
    "known-hosts": nameOrText.describe("known_hosts lines or SHA256:… fingerprints"),
    ...common,
  }),
  z.strictObject({
    kind: z.literal("telegram"),
    token: name,
    "chat-id": nameOrText.optional(),
    "topic-id": nameOrText.optional(),
    "api-url": address("Default: https://api.telegram.org").optional(),
    ...common,
  }),
  slack,
  z.strictObject({
    kind: z.literal("discord"),
    webhook: name,
    "api-url": address("Default: https://discord.com/api").optional(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal("aws"),
    ...awsKey,
    account: nameOrText.optional().describe("The account that the key must belong to, 12 digits"),
    region: nameOrText.optional().describe("Default: us-east-1"),
    "api-url": address("Default: https://sts.amazonaws.com").optional(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal("s3"),
    ...awsKey,
    region: nameOrText,
    bucket: nameOrText,
    rights: z.enum(["list", "upload"]).default("list").describe("upload: a key that may not list is enough"),
    endpoint: z.union([address("Another S3"), name]).optional(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal("github"),
    token: name,
    scopes: list.optional().describe("Scopes that a classic token must have"),
    repository: nameOrText.optional().describe("owner/name that the token must be able to see"),
    "api-url": address("Default: the API of the server that the workflow runs on").optional(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal("zoho"),
    "client-id": name,
    "client-secret": name,
    "refresh-token": name,
    "organization-id": nameOrText.optional(),
    product: z.enum(["books", "inventory"]).default("books"),
    "data-center": nameOrText
      .default("com")
      .describe("com, eu, in, com.au, jp, ca, sa, uk, com.cn, or a secret"),
    "accounts-url": address("Default: https://accounts.zoho.<data-center>").optional(),
    "api-url": address("Default: https://www.zohoapis.<data-center>").optional(),
    ...common,
  }),
  z.strictObject({
    kind: z.literal("smtp"),
    host: nameOrText,
    port: nameOrText.optional().describe("465 speaks TLS at once, any other STARTTLS; default: 587"),
    user: nameOrText,
    password: name,
    ...common,
  }),
  http,
  command,
]);

export type ProbeConfig = z.output<typeof probeSchema>;
export type ProbeKind = ProbeConfig["kind"];

// Keys whose value is never the name of a secret, whatever it looks like.
const LITERAL = new Set([
  "kind",
  "for",
  "timeout",
  "scopes",
  "run",
  "rights",
  "product",
  "via",
  "method",
  "header",
  "sslmode",
  "api-url",
  "hooks-url",
  "accounts-url",
]);

/** The secrets that a probe uses, by the key that names each. It may be a probe that was not checked yet. */
export function referencesOf(config: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(config)) {
    if (config["kind"] === "command" && key === "secrets" && Array.isArray(value)) {
      for (const each of value) if (typeof each === "string" && NAME.test(each)) found.set(each, each);
    } else if (!LITERAL.has(key) && typeof value === "string" && NAME.test(value)) found.set(key, value);
  }
  return found;
}

// Keys without which a probe still proves the rest.
const DISPENSABLE = new Set([
  "passphrase",
  "session-token",
  "chat-id",
  "topic-id",
  "organization-id",
  "account",
  "port",
  "sslrootcert",
]);

/** Whether a probe can do without this key when its secret is optional and absent. */
export function isDispensable(key: string): boolean {
  return DISPENSABLE.has(key);
}
