import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { manifestSchema } from "./manifest-schema.ts";
import { VERDICTS } from "./verdict.ts";

const verdict = z.enum(VERDICTS);
const environments = z.array(z.string()).describe("Empty for every environment");
const remark = {
  verdict,
  why: z.string(),
  mend: z.string(),
  probe: z.string().optional().describe("The probe that found it"),
};

const secret = z.strictObject({
  name: z.string(),
  // Texts, because what stands here is redacted: a secret could have the value of a word.
  kind: z.string(),
  environments,
  verdict,
  remarks: z.array(z.strictObject(remark)),
  provenBy: z
    .array(z.string())
    .describe("Probes whose service accepted it; without any, only its form was looked at"),
  length: z
    .string()
    .optional()
    .describe("Between which lengths it lies, in characters; absent without a value"),
  command: z.string().describe("The command that sets it"),
  note: z.string().optional(),
  link: z.string().optional(),
});

const probe = z.strictObject({
  name: z.string(),
  kind: z.string(),
  environments,
  verdict,
  seen: z.string(),
  findings: z.array(z.strictObject({ ...remark, secrets: z.array(z.string()) })),
  secrets: z.array(z.string()),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
  durationMs: z.number().nonnegative(),
});

const details = {
  environment: z.string().describe("The one that was looked at; absent for all"),
  counts: z.record(verdict, z.int().nonnegative()).describe("Secrets by verdict"),
  secrets: z.array(secret),
  probes: z.array(probe),
  workflows: z.strictObject({
    unlisted: z.array(z.strictObject({ name: z.string(), file: z.string(), line: z.int().positive() })),
    unused: z.array(z.string()),
    dynamic: z.array(z.string()),
    unreadable: z.array(z.strictObject({ file: z.string(), why: z.string() })),
  }),
};

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "config.schema.json": manifestSchema,
  "report.schema.json": reportSchema(["valid", "invalid", "unknown", "skipped", "written"], details).meta({
    title: "Secrets report",
    description: "What the output report of validate-secrets points to",
  }),
};
