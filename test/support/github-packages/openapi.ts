import { readFileSync } from "node:fs";
import { z } from "zod";

type Schema = { readonly [key: string]: unknown };
type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: Schema;
};
type Answered = {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
};
type Referring<Value> = Value | { readonly $ref: string };
type Operation = {
  readonly operationId: string;
  readonly parameters?: readonly Referring<Parameter>[];
  readonly requestBody?: Answered;
  readonly responses: Readonly<Record<string, Referring<Answered>>>;
};
type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly [kind in "parameters" | "schemas" | "responses"]: Readonly<Record<string, unknown>>;
  };
};

/** A call that GitHub describes. */
export type Call = {
  /** As in `packages/delete-package-version-for-org`. */
  readonly id: string;
  /** The parts of the path, decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What of the request is not as described: a name for each. */
  readonly problems: readonly string[];
  readonly operation: Operation;
};

const description = JSON.parse(
  readFileSync(new URL("fixtures/openapi.json", import.meta.url), "utf8"),
) as Description;

const routes = Object.entries(description.paths).map(([template, operations]) => ({
  template,
  pattern: new RegExp(`^${template.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
  operations,
}));

/** What GitHub calls a request with this path (below the API's root), if there is such a call. */
export function findCall(method: string, url: URL): Call | undefined {
  for (const { pattern, operations } of routes) {
    const match = pattern.exec(url.pathname);
    const operation = operations[method.toLowerCase()];
    if (match === null || operation === undefined) continue;
    const parameters = Object.fromEntries(
      Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    return {
      id: operation.operationId,
      parameters,
      problems: requestProblems(operation, parameters, url),
      operation,
    };
  }
  return undefined;
}

// The description leaves them out for the versions of a user's package, which is paged like every other list.
const PAGING = new Set(["page", "per_page"]);

function requestProblems(operation: Operation, path: Call["parameters"], url: URL): string[] {
  const known = (operation.parameters ?? []).map((parameter) => resolve<Parameter>(parameter));
  const query = Object.fromEntries(url.searchParams);
  const unknown = Object.keys(query).filter(
    (name) =>
      !PAGING.has(name) && !known.some((parameter) => parameter.in === "query" && parameter.name === name),
  );
  const wrong = known.filter((parameter) => {
    const text = (parameter.in === "path" ? path : query)[parameter.name];
    if (text === undefined) return parameter.required === true && parameter.in === "query";
    const value = parameter.schema["type"] === "integer" ? Number(text) : text;
    return !validator(parameter.schema).safeParse(value).success;
  });
  return [...unknown.map((name) => `unknown parameter ${name}`), ...wrong.map(({ name }) => `wrong ${name}`)];
}

/** What of a request's body is not as GitHub describes it; it would leave out what it does not know. */
export function bodyProblems({ operation }: Call, body: unknown): string[] {
  const schema = operation.requestBody?.content?.["application/json"]?.schema;
  if (schema === undefined) return ["a body is not described"];
  const known = (schema["properties"] ?? {}) as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(body ?? {}).filter((key) => !(key in known));
  return [...unknown.map((key) => `unknown property ${key}`), ...problemsOf(schema, body)];
}

/** What of an answer is not as GitHub describes it. */
export function answerProblems({ operation }: Call, status: number, body: unknown): string[] {
  const answer = operation.responses[String(status)];
  // Limits and trouble of the server are described in prose only.
  if (answer === undefined) return status >= 400 ? [] : [`status ${status} is not described`];
  const schema = resolve<Answered>(answer).content?.["application/json"]?.schema;
  return schema === undefined ? [] : problemsOf(schema, body);
}

function problemsOf(schema: Schema, body: unknown): string[] {
  const parsed = validator(schema).safeParse(body);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

const validators = new Map<Schema, z.ZodType>();

function validator(schema: Schema): z.ZodType {
  let known = validators.get(schema);
  if (known === undefined) {
    const whole = { ...resolve<Schema>(schema), definitions: definitions() };
    known = z.fromJSONSchema(relocated(whole) as never, { defaultTarget: "openapi-3.0" });
    validators.set(schema, known);
  }
  return known;
}

const definitions = () => description.components.schemas;

/** References as JSON Schema writes them. */
function relocated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocated);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === "$ref" && typeof item === "string"
        ? item.replace("#/components/schemas/", "#/definitions/")
        : relocated(item),
    ]),
  );
}

function resolve<Value>(value: Referring<Value>): Value {
  if (typeof value !== "object" || value === null || !("$ref" in value)) return value as Value;
  const [, , kind, name] = (value.$ref as string).split("/");
  return description.components[kind as "schemas"][name ?? ""] as Value;
}

/** The smallest value that a schema of the description allows, with these properties of its own. */
export function sample(name: string, own: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...(smallest({ $ref: `#/components/schemas/${name}` }) as object), ...own };
}

function smallest(reference: Schema): unknown {
  const schema = resolve<Schema>(reference as Referring<Schema>);
  if (schema["nullable"] === true) return null;
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  switch (schema["type"]) {
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return false;
    case "array":
      return [];
    case "string":
      return schema["format"] === "date-time" ? "2020-01-01T00:00:00Z" : "https://github.example/-";
    default: {
      const properties = (schema["properties"] ?? {}) as Readonly<Record<string, Schema>>;
      const required = (schema["required"] ?? []) as readonly string[];
      return Object.fromEntries(required.map((key) => [key, smallest(properties[key] ?? {})]));
    }
  }
}
