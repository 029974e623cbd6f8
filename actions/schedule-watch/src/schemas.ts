import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";

const watched = z.strictObject({
  name: z.string().describe("The file, or the file and the job"),
  verdict: z.enum(["well", "waiting", "late", "failing", "disabled", "unknown"]),
  since: z.iso.datetime().optional().describe("Since when a run was due"),
});

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "report.schema.json": reportSchema(["well", "missed"], { watched: z.array(watched) }).meta({
    title: "Schedule watch report",
    description: "What the output report of schedule-watch points to",
  }),
};
