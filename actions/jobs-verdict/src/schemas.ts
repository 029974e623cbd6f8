import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";

const details = {
  jobs: z.array(
    z.strictObject({
      job: z.string(),
      result: z.enum(["success", "failure", "cancelled", "skipped"]),
      problem: z.string().optional().describe("Why it is not well"),
    }),
  ),
};

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "report.schema.json": reportSchema(["passed", "failed"], details).meta({
    title: "Jobs verdict report",
    description: "What the output report of jobs-verdict points to",
  }),
};
