import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { RESULTS } from "./outcome.ts";

const purge = z.strictObject({
  cdn: z.enum(["cloudflare", "cloudfront"]),
  kind: z.enum(["purge_everything", "files", "tags", "prefixes", "hosts", "paths"]),
  items: z.array(z.string()).describe("Empty for everything"),
  state: z
    .enum(["open", "accepted", "completed", "failed"])
    .describe("accepted: the CDN does it, and its end was not seen or not waited for"),
  id: z.string().optional().describe("The invalidation at CloudFront"),
  why: z.string().optional().describe("Why it failed"),
});

/** The JSON Schemas that are published with the action. */
export const schemas = {
  "report.schema.json": reportSchema(RESULTS, {
    purges: z.array(purge).describe("Each request, in order"),
  }).meta({
    title: "CDN purge report",
    description: "What the output report of cdn-purge points to",
  }),
};
