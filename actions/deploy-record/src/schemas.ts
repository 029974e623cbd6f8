import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { recordFileSchema } from "./record-file.ts";

const plan = z.strictObject({
  action: z.enum(["deploy", "promote", "rollback"]),
  environment: z.string(),
  version: z.string(),
  sha: z.string(),
  digest: z.string(),
  previous: z.string(),
  run: z.string(),
});

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "report.schema.json": reportSchema(["begun", "deployed", "not-deployed", "rolled-back", "unproven"], {
    deployment: z.int(),
    plan,
    record: recordFileSchema,
  }).meta({
    title: "Deploy record report",
    description: "What the output report of deploy-record points to",
  }),
  "record.schema.json": recordFileSchema.meta({
    title: "Deploy record",
    description: "deploy-record.json, what the output record of deploy-record points to",
  }),
};
