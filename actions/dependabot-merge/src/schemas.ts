import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";

const details = {
  pullRequest: z.int(),
  requiredChecks: z.array(z.string()),
  reasons: z.array(z.string()).describe("Why it is left to people; empty when it merges itself"),
};

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "report.schema.json": reportSchema(["merging", "left"], details).meta({
    title: "Dependabot merge report",
    description: "What the output report of dependabot-merge points to",
  }),
};
