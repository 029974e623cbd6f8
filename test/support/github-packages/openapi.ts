import { readFileSync } from "node:fs";
import { z } from "zod";

type Schema = { readonly [key: string]: unknown };
type Parameter = {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: Schema;
};
type Content = {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
};
type Referring<Value> = Value | { readonly $ref: string };
type Operation = {
  readonly operationId: string;
  readonly parameters?: readonly Referring<Parameter>[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Referring<Content>>>;
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

// The description leaves them out for the versions of a user's package, which is paged like every other list.
const PAGING = new Set(["page", "per_page"]);
// Takes GitHub's syntax of searches, a comparison before the time; described in prose only.
const SEARCHED = new Set(["created"]);

/** A part of GitHub's own description of its API, as extract-openapi.ts has written it. */
export class ApiDescription {
  readonly #description: Description;
  readonly #routes;
  readonly #validators = new Map<Schema, z.ZodType>();

  constructor(file: URL) {
    this.#description = JSON.parse(readFileSync(file, "utf8")) as Description;
    this.#routes = Object.entries(this.#description.paths).map(([template, operations]) => ({
      pattern: new RegExp(`^${template.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
      operations,
    }));
  }

  /** What GitHub calls a request with this path (below the API's root), if there is such a call. */
  findCall(method: string, url: URL, body?: unknown): Call | undefined {
    for (const { pattern, operations } of this.#routes) {
      const match = pattern.exec(url.pathname);
      const operation = operations[method.toLowerCase()];
      if (match === null || operation === undefined) continue;
      const parameters = Object.fromEntries(
        Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
      );
      const problems = [
        ...this.#requestProblems(operation, parameters, url),
        ...this.#bodyProblems(operation, body),
      ];
      return { id: operation.operationId, parameters, problems, operation };
    }
    return undefined;
  }

  /** What of an answer is not as GitHub describes it. */
  answerProblems({ operation }: Call, status: number, body: unknown): string[] {
    const answer = operation.responses[String(status)];
    // Limits and trouble of the server are described in prose only.
    if (answer === undefined) return status >= 400 ? [] : [`status ${status} is not described`];
    const schema = this.#resolve<Content>(answer).content?.["application/json"]?.schema;
    return schema === undefined ? [] : this.#problems(schema, body);
  }

  /** The smallest value that a schema of the description allows, with these properties of its own. */
  sample(name: string, own: Readonly<Record<string, unknown>>): Record<string, unknown> {
    return { ...(this.#smallest({ $ref: `#/components/schemas/${name}` }) as object), ...own };
  }

  #requestProblems(operation: Operation, path: Call["parameters"], url: URL): string[] {
    const known = (operation.parameters ?? []).map((parameter) => this.#resolve<Parameter>(parameter));
    const query = Object.fromEntries(url.searchParams);
    const unknown = Object.keys(query).filter(
      (name) =>
        !PAGING.has(name) && !known.some((parameter) => parameter.in === "query" && parameter.name === name),
    );
    const wrong = known.filter((parameter) => {
      const text = (parameter.in === "path" ? path : query)[parameter.name];
      if (text === undefined) return parameter.required === true && parameter.in === "query";
      const value = typed(
        SEARCHED.has(parameter.name) ? text.replace(/^[<>]=?/, "") : text,
        parameter.schema["type"],
      );
      return !this.#validator(parameter.schema).safeParse(value).success;
    });
    return [
      ...unknown.map((name) => `unknown parameter ${name}`),
      ...wrong.map(({ name }) => `wrong ${name}`),
    ];
  }

  #bodyProblems({ requestBody }: Operation, body: unknown): string[] {
    const schema = requestBody?.content?.["application/json"]?.schema;
    if (schema === undefined || body === undefined) return [];
    const known = Object.keys(
      (this.#resolve<Schema>(schema as Referring<Schema>)["properties"] ?? {}) as object,
    );
    const unknown = Object.keys(body as object).filter((key) => !known.includes(key));
    return [...unknown.map((key) => `unknown ${key} in the body`), ...this.#problems(schema, body)];
  }

  #problems(schema: Schema, value: unknown): string[] {
    const parsed = this.#validator(schema).safeParse(value);
    if (parsed.success) return [];
    return parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  }

  #validator(schema: Schema): z.ZodType {
    let known = this.#validators.get(schema);
    if (known === undefined) {
      const whole = {
        ...this.#resolve<Schema>(schema as Referring<Schema>),
        definitions: this.#description.components.schemas,
      };
      known = z.fromJSONSchema(relocated(whole) as never, { defaultTarget: "openapi-3.0" });
      this.#validators.set(schema, known);
    }
    return known;
  }

  #resolve<Value>(value: Referring<Value>): Value {
    if (typeof value !== "object" || value === null || !("$ref" in value)) return value as Value;
    const [, , kind, name] = (value.$ref as string).split("/");
    return this.#description.components[kind as "schemas"][name ?? ""] as Value;
  }

  #smallest(reference: Schema): unknown {
    const schema = this.#resolve<Schema>(reference as Referring<Schema>);
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
        return Object.fromEntries(required.map((key) => [key, this.#smallest(properties[key] ?? {})]));
      }
    }
  }
}

/** A text of a path or a query as what it stands for. */
function typed(text: string, type: unknown): unknown {
  if (type === "boolean") return text === "true" || (text !== "false" && text);
  return type === "integer" ? Number(text) : text;
}

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

const packages = new ApiDescription(new URL("fixtures/openapi.json", import.meta.url));

/** The calls that deal with packages. */
export const findCall = packages.findCall.bind(packages);
export const answerProblems = packages.answerProblems.bind(packages);
export const sample = packages.sample.bind(packages);
