import * as z from "zod";
import { parseDatabaseUrl } from "../../../shared/postgres/address.ts";
import { sparse } from "../../../shared/runtime/sparse.ts";
import { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import { parseDuration, ValueError } from "../../../shared/runtime/values.ts";
import { baseAddress, hostAndPort, redisAddress, webAddress } from "./address.ts";
import { parseJsonPath } from "./json-path.ts";
import { parsePattern } from "./pattern.ts";
import { fill, namesIn, parseTemplate } from "./template.ts";
import { parseThreshold, type Unit } from "./threshold.ts";

/** A schema for a text that `parse` accepts; what it throws becomes the problem. */
function parsed<T>(parse: (text: string) => T, description: string) {
  return z
    .string()
    .min(1)
    .transform((text, context): T => {
      try {
        return parse(text);
      } catch (error) {
        for (const message of messagesOf(error)) context.addIssue({ code: "custom", message });
        return z.NEVER;
      }
    })
    .describe(description);
}

function messagesOf(error: unknown): string[] {
  if (error instanceof ValueError) return [error.message];
  if (error instanceof UserError) return [error.message.replace(/\.$/, "")];
  if (error instanceof UserErrors) return error.problems.flatMap(messagesOf);
  throw error;
}

/** A text that `parse` accepts. One with a `${NAME}` in it is looked at when that is filled in. */
const checked = (parse: (text: string) => unknown, description: string) =>
  parsed((text) => {
    const template = parseTemplate(text);
    if (namesIn(template).length === 0) parse(fill(template, () => undefined));
    return text;
  }, description);

const duration = (description: string) => parsed(parseDuration, `${description}; such as 500ms, 30s or 5m`);
const pattern = checked(parsePattern, "A regular expression, found anywhere in the text");
const address = checked((text) => webAddress(text, "https://base.example"), "Path or whole address");
const endpoint = (description: string) => checked(hostAndPort, `host:port ${description}`);
const path = checked(parseJsonPath, "JSONPath (RFC 9535), such as $.status");
const name = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => !text.includes("${"), "is taken as it is, and can have no ${…} in it");

const threshold = (unit: Unit, bare: "<" | ">=" | "==", description: string) =>
  z
    .union([z.string(), z.number()])
    .transform((text, context) => {
      try {
        return parseThreshold(text, unit, bare);
      } catch (error) {
        if (!(error instanceof ValueError)) throw error;
        context.addIssue({ code: "custom", message: error.message });
        return z.NEVER;
      }
    })
    .describe(description);

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const matcher = z.union([
  scalar,
  z
    .strictObject({
      equals: scalar.optional(),
      not: scalar.optional(),
      contains: z.string().min(1).optional(),
      matches: pattern.optional(),
      exists: z.boolean().optional(),
      min: z.number().optional(),
      max: z.number().optional(),
      length: z.int().nonnegative().optional(),
    })
    .refine((value) => Object.keys(value).length > 0, "needs at least one condition")
    .refine(
      (value) => value.exists !== false || Object.keys(value).length === 1,
      "exists: false leaves nothing for another condition to hold for",
    ),
]);

/** What is expected by name. An empty one would look like an expectation and hold for everything. */
const matchers = <Key extends z.core.$ZodRecordKey>(key: Key, description: string) =>
  z
    .record(key, matcher)
    .refine((value) => Object.keys(value).length > 0, "is empty")
    .optional()
    .describe(description);

const status = z.union([
  z.int().min(100).max(599),
  z.string().regex(/^[1-5]xx$/, "must be a status such as 200, or a class such as 2xx"),
]);

const httpExpect = {
  status: z
    .union([status, z.array(status).min(1)])
    .optional()
    .describe("Default: 2xx"),
  headers: matchers(z.string(), "By header name"),
  cookies: matchers(z.string(), "By cookie name; what the final address's origin set on the way counts"),
  json: matchers(path, "By JSONPath; every value found must match"),
  contains: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
  matches: z.union([pattern, z.array(pattern).min(1)]).optional(),
  bytes: threshold("number", "==", "Size of the body").optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, "must be 64 hexadecimal digits")
    .optional(),
  redirects: z
    .union([z.int().nonnegative(), z.array(z.string().min(1)).min(1)])
    .optional()
    .describe("How many redirects, or the addresses in turn"),
  "final-url": matcher.optional().describe("The address after all redirects"),
};

const expect = sparse(
  z.strictObject({
    ...httpExpect,
    under: duration("The answer is complete in less than this").optional(),
    "days-left": threshold("number", ">=", "Days until the certificate expires").optional(),
    rows: threshold("number", "==", "Number of rows").optional(),
    value: matcher.optional().describe("First column of the first row"),
  }),
);

const capture = z.union([
  path,
  z.strictObject({ header: z.string().min(1) }),
  z.strictObject({ cookie: z.string().min(1) }),
  z.strictObject({ matches: pattern }).describe("The first group of the expression"),
]);

const policy = {
  timeout: duration("For one attempt").optional(),
  retries: z.int().min(0).max(1_000).optional().describe("5 means up to six attempts"),
  interval: duration("Pause between two attempts").optional(),
  "back-off": z
    .number()
    .min(1)
    .max(10)
    .optional()
    .describe("Each pause is this much longer than the one before"),
  "retry-on": z
    .enum(["network", "any"])
    .optional()
    .describe("What is tried again; any: also unmet expectations"),
};

const target = {
  via: z.enum(["direct", "ssh"]).optional().describe("ssh: through the server of the ssh-… inputs"),
  resolve: z
    .union([z.ipv4(), z.ipv6()])
    .optional()
    .describe("Connect to this address; Host and TLS name stay"),
};

const text = z.string().min(1);
const METHODS = ["get", "head", "post", "put", "patch", "delete", "options"] as const;
const request = {
  ...(Object.fromEntries(METHODS.map((method) => [method, address.optional()])) as Record<
    (typeof METHODS)[number],
    z.ZodOptional<typeof address>
  >),
  headers: z
    .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "is not a header name"), z.string())
    .optional(),
  cookies: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  form: z.record(z.string(), z.string()).optional(),
  json: z.json().optional(),
  follow: z.boolean().optional().describe("Follow redirects; default: true"),
};

/** The keys that say what a check is; each check has exactly one. */
export const KINDS = [...METHODS, "tls", "tcp", "postgres", "redis"] as const;
export type Kind = (typeof KINDS)[number];
export type Method = (typeof METHODS)[number];

// Requests that change something are not sent over and over (RFC 9110 section 9.2.1 calls the others safe).
const UNSAFE: ReadonlySet<Kind> = new Set(["post", "put", "patch", "delete"]);

/** Whether a check may be repeated in the stability window. */
export function isRepeatable(kind: Kind): boolean {
  return !UNSAFE.has(kind);
}

/** Whether a kind is an HTTP method. */
export function isMethod(kind: Kind): kind is Method {
  return METHODS.some((method) => method === kind);
}

const HTTP_KEYS = ["headers", "cookies", "body", "form", "json", "follow", "capture", "resolve"];
const KEYS_OF: Readonly<Record<"http" | "tls" | "tcp" | "postgres" | "redis", readonly string[]>> = {
  http: HTTP_KEYS,
  tls: ["resolve"],
  tcp: [],
  postgres: ["query"],
  redis: [],
};
const EXPECT_OF: typeof KEYS_OF = {
  http: [...Object.keys(httpExpect), "under"],
  tls: ["days-left", "under"],
  tcp: ["under"],
  postgres: ["rows", "value", "under"],
  redis: ["under"],
};
const COMMON = ["name", "needs", "via", "expect", ...Object.keys(policy)];

const check = sparse(
  z
    .strictObject({
      name,
      needs: z
        .union([name, z.array(name).min(1)])
        .optional()
        .describe("Checks that must pass first"),
      ...request,
      tls: endpoint("whose certificate is checked").optional(),
      tcp: endpoint("that must accept a connection").optional(),
      postgres: checked(parseDatabaseUrl, "Database URL").optional(),
      query: text.optional().describe("One SELECT; default: select 1"),
      redis: checked(redisAddress, "redis:// or rediss:// URL, answered with PONG").optional(),
      ...target,
      ...policy,
      expect: expect.optional(),
      capture: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, "is not a name"), capture).optional(),
    })
    .superRefine((value, context) => {
      const kinds = KINDS.filter((kind) => value[kind] !== undefined);
      const [kind] = kinds;
      if (kind === undefined || kinds.length > 1) {
        const message =
          kind === undefined ? "says not what to check" : `says two things to check (${kinds.join(", ")})`;
        context.addIssue({ code: "custom", message: `${message}; give exactly one of ${KINDS.join(", ")}` });
        return;
      }
      const family = isMethod(kind) ? "http" : kind;
      const refuse = (keys: object, allowed: readonly string[], at: string[]): void => {
        for (const key of Object.keys(keys)) {
          if (allowed.includes(key)) continue;
          context.addIssue({
            code: "custom",
            path: [...at, key],
            message: `does not go with a ${family} check`,
          });
        }
      };
      refuse(value, [...COMMON, kind, ...KEYS_OF[family]], []);
      refuse(value.expect ?? {}, EXPECT_OF[family], ["expect"]);
      refuseSecondBody(value, context);
    }),
);

function refuseSecondBody(value: object, context: z.core.$RefinementCtx): void {
  const [first, second] = ["body", "form", "json"].filter((key) => key in value);
  if (second === undefined) return;
  context.addIssue({ code: "custom", path: [second], message: `there is a ${first} already` });
}

const version = z
  .strictObject({
    get: address,
    json: path.optional(),
    header: z.string().min(1).optional(),
    equals: z.string().min(1).optional().describe("The input expect-version when left out"),
    consecutive: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe("So many right answers in a row, each on a new connection"),
    origins: z
      .array(checked(baseAddress, "Scheme, host and port"))
      .min(1)
      .optional()
      .describe("Every one of them must serve the version; default: base-url"),
    addresses: z
      .array(z.union([z.ipv4(), z.ipv6()]))
      .min(1)
      .optional()
      .describe("Ask each of these addresses, by the name of base-url"),
    headers: request.headers,
    via: target.via,
    ...policy,
  })
  .refine(
    (value) => value.json === undefined || value.header === undefined,
    "json and header exclude each other",
  );

const milliseconds = (description: string) => threshold("duration", "<", description).optional();
const load = z
  .strictObject({
    name,
    needs: z.union([name, z.array(name).min(1)]).optional(),
    ...request,
    ...target,
    timeout: policy.timeout,
    status: z
      .union([status, z.array(status).min(1)])
      .optional()
      .describe("Any other answer is an error; default: 2xx"),
    samples: z.int().min(1).max(100_000).describe("Measured requests"),
    concurrency: z.int().min(1).max(256).default(4),
    "warm-up": z.int().min(0).max(10_000).default(10).describe("Requests before the measured ones"),
    "min-samples": z
      .int()
      .min(1)
      .optional()
      .describe("Fewer answers fail; default: what the percentiles need"),
    expect: z
      .strictObject({
        p50: milliseconds("Median"),
        p90: milliseconds("90 % are faster"),
        p95: milliseconds("95 % are faster"),
        p99: milliseconds("99 % are faster"),
        errors: threshold("percent", "<", "Share of failed requests; default: < 1%").optional(),
      })
      .refine((value) => Object.keys(value).length > 0, "needs at least one bound"),
  })
  .superRefine((value, context) => {
    const kinds = METHODS.filter((method) => value[method] !== undefined);
    if (kinds.length !== 1) {
      context.addIssue({ code: "custom", message: `give exactly one of ${METHODS.join(", ")}` });
    }
    refuseSecondBody(value, context);
  });

/** The file that the input `config` names. */
export const configSchema = z
  .strictObject({
    "base-url": checked(baseAddress, "Taken before every path").optional(),
    defaults: z
      .strictObject({
        ...policy,
        headers: request.headers,
      })
      .optional(),
    concurrency: z.int().min(1).max(256).default(10).describe("Checks at the same time"),
    ca: z.string().min(1).optional().describe("PEM file with the certificates of an authority of your own"),
    stability: duration("Keep checking for this long after everything has passed").optional(),
    version: version.optional(),
    checks: z.array(check).min(1).optional(),
    load: z.array(load).min(1).optional(),
  })
  .refine(
    (value) => value.checks !== undefined || value.version !== undefined || value.load !== undefined,
    "nothing to check; add version, checks or load",
  )
  .meta({ title: "Smoke test", description: "Checks of the action smoke-test" });

export type Config = z.output<typeof configSchema>;
export type CheckConfig = z.output<typeof check>;
export type VersionConfig = z.output<typeof version>;
export type LoadConfig = z.output<typeof load>;
export type ExpectConfig = z.output<typeof expect>;
export type CaptureConfig = z.output<typeof capture>;
