import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { configSchema } from "./config-schema.ts";

const milliseconds = z.number().nonnegative();
const counted = z.int().nonnegative();

const check = z.strictObject({
  name: z.string(),
  kind: z.string().describe("get, post, tls, tcp, postgres, redis, version, load, stability …"),
  status: z.enum(["passed", "failed", "skipped"]),
  where: z.strictObject({
    file: z.string().optional(),
    line: z.int().positive().optional(),
    column: z.int().positive().optional(),
    input: z.string().optional(),
  }),
  problems: z.array(z.string()).describe("Why it failed or was skipped; empty when it passed"),
  hint: z.string().optional(),
  attempts: counted,
  durationMs: milliseconds.describe("The last attempt"),
  totalMs: milliseconds.describe("All attempts and the pauses between them"),
  seen: z.string().optional(),
});

const load = z.strictObject({
  name: z.string(),
  percentiles: z.strictObject({
    samples: counted,
    answered: counted,
    errors: counted,
    errorPercent: z.number().min(0).max(100),
    p50: milliseconds.nullable(),
    p90: milliseconds.nullable(),
    p95: milliseconds.nullable(),
    p99: milliseconds.nullable(),
    max: milliseconds.nullable(),
  }),
});

const details = {
  counts: z.strictObject({ passed: counted, failed: counted, skipped: counted }),
  version: z.strictObject({
    expected: z.string(),
    seen: z.array(z.strictObject({ origin: z.string(), version: z.string().nullable() })),
  }),
  checks: z.array(check),
  load: z.array(load),
};

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "config.schema.json": configSchema,
  "report.schema.json": reportSchema(["passed", "failed"], details).meta({
    title: "Smoke test report",
    description: "What the output report of smoke-test points to",
  }),
};
