import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { configSchema } from "./config-schema.ts";

const details = {
  repository: z.string(),
  differences: z.array(
    z.strictObject({
      kind: z.enum(["branch", "environment"]),
      name: z.string(),
      setting: z.string(),
      is: z.string(),
      wanted: z.string(),
    }),
  ),
  remaining: z.int().nonnegative().describe("How many of them are there still"),
};

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "config.schema.json": configSchema,
  "report.schema.json": reportSchema(["in-place", "differs", "applied"], details).meta({
    title: "Repository set-up report",
    description: "What the output report of repo-setup points to",
  }),
};
