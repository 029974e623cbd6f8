import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";

/** The JSON Schemas that are published with the action. */
export const schemas = {
  "report.schema.json": reportSchema(["passed", "failed"], {
    expected: z.string(),
    actual: z.string(),
  }),
};
