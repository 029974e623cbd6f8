import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { RESULTS } from "./outcome.ts";

const details = {
  operation: z.enum(["deploy", "rollback"]),
  platform: z.enum(["render", "railway", "generic"]),
  call: z
    .strictObject({ method: z.string(), host: z.string(), with: z.array(z.string()) })
    .describe("What may be shown of the call; the rest of its address is a secret"),
  called: z
    .enum(["yes", "no", "unknown"])
    .describe("Whether the hook was called; unknown when the request has left and no clear answer has come"),
  attempts: z
    .int()
    .nonnegative()
    .describe("How often the call was tried; all but the last were provably never made, or turned away"),
  deployId: z.string().optional().describe("The platform's name for the deploy"),
  status: z
    .string()
    .optional()
    .describe("The last state of the deploy that was seen, in the platform's word"),
};

/** The JSON Schemas that are published with the action. */
export const schemas = {
  "report.schema.json": reportSchema(RESULTS, details).meta({
    title: "Deploy hook report",
    description: "What the output report of deploy-hook points to",
  }),
};
