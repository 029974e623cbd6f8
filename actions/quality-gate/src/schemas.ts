import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { configSchema } from "./config-schema.ts";
import { SEVERITIES } from "./measures/finding.ts";
import { FORMATS } from "./measures/report.ts";
import { TIERS } from "./rules/rule.ts";

const count = z.int().nonnegative();
const tally = z.tuple([count, count]).describe("Covered, and all");
const line = z.int().positive().optional();

const details = {
  metrics: z
    .record(z.string(), z.number())
    .describe("Percent, counts, milliseconds, bytes, or numbers a second"),
  rules: z.array(
    z.strictObject({
      rule: z.string(),
      metric: z.string(),
      status: z.enum(["held", "broken", "unanswered", "no-baseline", "waived"]),
      value: z.number().optional(),
      baseline: z.number().optional(),
      tier: z.enum([...TIERS, "failed"]).optional(),
      why: z.string(),
    }),
  ),
  reports: z.array(
    z.strictObject({
      path: z.string(),
      format: z.enum(FORMATS),
      kind: z.enum(["coverage", "tests", "security", "performance", "detail"]),
      notes: z.array(z.string()),
    }),
  ),
  problems: z
    .array(z.strictObject({ path: z.string(), message: z.string(), hint: z.string() }))
    .describe("Reports that prove nothing"),
  notes: z.array(z.string()),
  findings: z.array(
    z.strictObject({
      key: z.string().describe("The same for the same finding in another run"),
      id: z.string(),
      aliases: z.array(z.string()),
      severity: z.enum(SEVERITIES),
      unknownSeverity: z.boolean().describe("No scanner said how bad it is"),
      category: z.enum(["vulnerability", "code", "secret", "misconfiguration", "license"]),
      title: z.string(),
      tool: z.string(),
      package: z.string().optional(),
      version: z.string().optional(),
      file: z.string().optional(),
      line,
      allowed: z.boolean(),
    }),
  ),
  failedTests: z.array(
    z.strictObject({
      suite: z.string(),
      name: z.string(),
      message: z.string().optional(),
      file: z.string().optional(),
      line,
    }),
  ),
  files: z
    .record(
      z.string(),
      z.strictObject({
        lines: tally.optional(),
        branches: tally.optional(),
        functions: tally.optional(),
        statements: tally.optional(),
      }),
    )
    .describe("Coverage by source file"),
  sizes: z.array(z.strictObject({ path: z.string(), raw: count, gzip: count, groups: z.array(z.string()) })),
  allow: z.array(
    z.strictObject({
      id: z.string(),
      reason: z.string(),
      owner: z.string(),
      expires: z.string(),
      package: z.string().optional(),
      file: z.string().optional(),
      state: z.enum(["used", "unused", "expired", "too-wide"]),
      findings: count,
    }),
  ),
  baseline: z.string().optional().describe("Path of the baseline that was read"),
};

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "config.schema.json": configSchema,
  "report.schema.json": reportSchema(["passed", "failed"], details).meta({
    title: "Quality gate report",
    description: "What the output report of quality-gate points to",
  }),
};
