import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";

const environment = z.strictObject({
  environment: z.string(),
  live: z.string(),
  sha: z.string(),
  needed: z
    .array(z.strictObject({ version: z.string(), digest: z.string().optional() }))
    .describe("What is live, what it would go back to, and what may be live"),
  uncertain: z.boolean().describe("Whether nobody has recorded how the last deploy ended"),
});

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "report.schema.json": reportSchema(["known"], { environments: z.array(environment) }).meta({
    title: "Deploy status report",
    description: "What the output report of deploy-status points to",
  }),
};
