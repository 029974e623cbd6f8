import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { FAIL_ON, PARTITIONS, policySchema, UNEXPECTED } from "./policy-schema.ts";
import { SEVERITIES } from "./severity.ts";

const severity = z.enum(SEVERITIES);
const counted = z.int().nonnegative();
const direction = z.enum(["missing", "unexpected", "changed", "tighter", "looser"]);

const remark = z.strictObject({
  code: z.string(),
  severity,
  direction,
  reason: z.string(),
  property: z.string().describe("Empty for the object as a whole"),
  expected: z.string(),
  actual: z.string(),
  undecided: z.string().optional().describe("Why nobody can tell whether the two mean the same"),
});

const finding = z.strictObject({
  code: z.string(),
  severity,
  direction: direction.describe("Of the gravest remark, as are code, severity and reason"),
  reason: z.string(),
  kind: z.string(),
  name: z.string(),
  remarks: z.array(remark),
  along: z.array(z.string()).describe("What went or came with it"),
  repair: z.array(z.string()).describe("SQL to be reviewed"),
  fails: z.boolean().describe("Whether it fails the step"),
});

const rule = {
  code: z.string().optional(),
  kind: z.string().optional(),
  name: z.string().optional(),
  line: counted,
  until: z.string(),
  reason: z.string(),
};

const details = {
  environment: z.string(),
  target: z.strictObject({ database: z.string(), server: z.string() }),
  baseline: z.strictObject({
    kind: z.enum(["file", "sql", "url", "command"]),
    what: z.string(),
    server: z.string(),
  }),
  objects: counted.describe("How many objects the database has"),
  policy: z.strictObject({
    failOn: z.enum(FAIL_ON),
    unexpected: z.enum(UNEXPECTED),
    partitions: z.enum(PARTITIONS),
    schemas: z.array(z.string()),
  }),
  counts: z.strictObject({ critical: counted, major: counted, minor: counted, info: counted }),
  fingerprint: z.string(),
  findings: z.array(finding),
  ignored: z.array(
    z.strictObject({
      kind: z.string(),
      name: z.string(),
      code: z.string(),
      severity,
      reason: z.string(),
      until: z.string().optional(),
    }),
  ),
  expired: z.array(z.strictObject({ ...rule, hides: counted })),
  unused: z.array(z.strictObject(rule)),
  notCompared: z.array(z.string()),
  pending: z.strictObject({ count: counted, names: z.array(z.string()) }),
};

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "config.schema.json": policySchema,
  "report.schema.json": reportSchema(["clean", "drift", "written"], details).meta({
    title: "Schema drift report",
    description: "What the output report of schema-drift points to",
  }),
};
