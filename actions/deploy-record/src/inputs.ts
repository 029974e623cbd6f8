import * as z from "zod";
import { isCommit, isDigest, isVersion } from "../../../shared/deployments/record.ts";
import {
  duration,
  type Field,
  type InputsOf,
  oneOf,
  optional,
  secret,
} from "../../../shared/runtime/inputs.ts";
import { ValueError } from "../../../shared/runtime/values.ts";

const emptyOr = (fits: (text: string) => boolean) =>
  z.string().refine((value) => value === "" || fits(value));

const planSchema = z.object({
  action: z.enum(["deploy", "promote", "rollback"]),
  environment: z.string().min(1),
  version: z.string().refine(isVersion),
  sha: z.string().refine(isCommit),
  digest: emptyOr(isDigest).default(""),
  previous: emptyOr(isVersion).default(""),
  run: z.string().regex(/^\d+\/\d+$/),
});

/** What deploy-plan has decided. */
export type Plan = z.output<typeof planSchema>;

const stepSchema = z.object({
  outcome: z.enum(["success", "failure", "cancelled", "skipped"]),
  outputs: z.record(z.string(), z.string()).default({}),
});

/** The steps of a job that have come to an end, by their ids. */
export type Steps = Readonly<Record<string, z.output<typeof stepSchema>>>;

/** The inputs of action.yml. */
export const spec = {
  operation: oneOf("begin", "finish"),
  plan: json(
    planSchema,
    "the outputs of deploy-plan for a deploy, promotion or rollback, none of which holds the value of a secret",
  ),
  steps: optional(json(z.record(z.string(), stepSchema), "what toJSON(steps) gives")),
  "job-status": oneOf("success", "failure", "cancelled"),
  "environment-url": optional({ secret: false, parse: parseAddress }),
  "github-token": secret(),
  timeout: duration(),
} as const;

export type Inputs = InputsOf<typeof spec>;

function json<Schema extends z.ZodType>(schema: Schema, what: string): Field<z.output<Schema>> {
  return {
    secret: false,
    parse: (value) => {
      const parsed = schema.safeParse(parseJson(value));
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      const where = issue === undefined || issue.path.length === 0 ? "" : ` (${issue.path.join(".")} is not)`;
      throw new ValueError(`must be ${what}, as JSON${where}`);
    },
  };
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function parseAddress(value: string): string {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw new ValueError("must be an address such as https://shop.example");
  return value;
}
