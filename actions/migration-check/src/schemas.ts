import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { CODE_NAMES } from "./finding.ts";
import { CHECKS } from "./select.ts";
import { FAIL_ON, SEVERITIES } from "./severity.ts";

const counted = z.int().nonnegative();

const finding = {
  code: z.enum(CODE_NAMES),
  severity: z.enum(SEVERITIES),
  revision: z.string().describe("Several for what is wrong with the history as a whole"),
  file: z.string().optional(),
  line: z.int().positive().optional(),
  on: z
    .enum(["empty", "seeded", "files"])
    .describe("The database on which it shows, or what the files alone say"),
  object: z.string().describe("`enum public.mood`, or a rule of squawk; empty where it is about neither"),
  what: z.string().describe("One sentence"),
  differences: z.array(z.strictObject({ property: z.string(), expected: z.string(), actual: z.string() })),
  along: z.array(z.string()).describe("What went or came with the object"),
  said: z.string().describe("The end of what a command said"),
  hint: z.string(),
};

const state = ["passed", "failed", "not reached"] as const;

const details = {
  tool: z.string(),
  server: z.string(),
  check: z.enum(CHECKS),
  failOn: z.enum(FAIL_ON),
  revisions: counted.describe("How many migrations the project has"),
  checked: z.array(
    z.strictObject({
      id: z.string(),
      file: z.string().optional(),
      fingerprint: z.string().describe("Of the schema after it: the same for the same schema"),
      irreversible: z.string().describe("Why it has no way back; empty where it has one"),
      empty: z.enum(state),
      seeded: z.enum([...state, "no seed"]),
    }),
  ),
  findings: z.array(z.strictObject({ ...finding, fails: z.boolean().describe("Whether it fails the step") })),
  ignored: z.array(z.strictObject(finding)),
  notChecked: z.array(z.string()),
  base: z.strictObject({ ref: z.string(), commit: z.string() }),
};

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "report.schema.json": reportSchema(["passed", "failed"], details).meta({
    title: "Migration check report",
    description: "What the output report of migration-check points to",
  }),
};
