import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { SEVERITIES } from "./severity.ts";

const check = z.strictObject({
  job: z.string(),
  result: z.enum(["success", "failure", "cancelled"]),
  severity: z.enum(SEVERITIES),
  detail: z.string(),
  changed: z.boolean().optional(),
  transition: z.enum(["new", "changed", "reminder", "still", "recovered", "ok", "unknown"]),
  tell: z.boolean(),
  since: z.number().optional().describe("Milliseconds since 1970"),
});

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "report.schema.json": reportSchema(["tell", "quiet"], {
    checks: z.array(check),
    chats: z.array(z.string()),
    remarks: z.array(z.string()).describe("What could not be found out"),
  }).meta({ title: "Notify plan report", description: "What the output report of notify-plan points to" }),
};
