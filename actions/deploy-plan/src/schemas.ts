import * as z from "zod";
import { recordSchema } from "../../../shared/deployments/record.ts";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";

const plan = z.strictObject({
  action: z.enum(["deploy", "promote", "rollback", "skip"]),
  environment: z.string(),
  version: z.string(),
  sha: z.string(),
  digest: z.string(),
  previous: z.string(),
  previousSha: z.string(),
  previousDigest: z.string(),
  reason: z.string(),
});

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "report.schema.json": reportSchema(["deploy", "promote", "rollback", "skip", "refused"], {
    event: z.strictObject({ name: z.string(), sha: z.string(), actors: z.array(z.string()) }),
    plan,
  }).meta({ title: "Deploy plan report", description: "What the output report of deploy-plan points to" }),
  "record.schema.json": recordSchema.meta({
    title: "Deploy record",
    description: "The payload of the deployments that deploy-plan counts as records",
  }),
};
