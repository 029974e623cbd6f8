import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { configSchema } from "./config-schema.ts";
import { KINDS } from "./kinds.ts";

const details = {
  range: z.strictObject({
    kind: z.enum(["everything", "since"]),
    reason: z.string(),
    base: z.string().optional(),
  }),
  services: z.array(
    z.strictObject({
      path: z.string(),
      kind: z.enum(KINDS),
      jobs: z.int().nonnegative(),
      reason: z.string().optional().describe("Why it runs; absent when it does not"),
    }),
  ),
};

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "config.schema.json": configSchema,
  "report.schema.json": reportSchema(["all", "some", "none"], details).meta({
    title: "Changed services report",
    description: "What the output report of changed-services points to",
  }),
};
