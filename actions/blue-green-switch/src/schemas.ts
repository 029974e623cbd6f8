import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { configSchema } from "./config-schema.ts";
import { RESULTS } from "./verdict.ts";

const status = z.strictObject({
  active: z.string().describe("The colour that serves; empty before the first deploy"),
  release: z.string(),
  digest: z.string().describe("Image of the release, as the engine on the host names it"),
  since: z.string(),
  previousRelease: z.string().describe("What a rollback brings back"),
  previousDigest: z.string(),
  releases: z.array(z.string()).describe("Kept on the host, the newest first"),
  bad: z.array(z.string()).describe("Rolled back, and refused until forced"),
  leftOver: z.string().describe("What is not as a finished deploy leaves it, in words"),
});

const host = z.strictObject({
  host: z.string(),
  deploy: z.string().optional().describe("Name of the run in the host's log and audit"),
  before: status.optional(),
  end: z
    .strictObject({
      code: z.int().describe("Exit status of the agent"),
      result: z.string(),
      text: z.string(),
      active: z.string(),
      release: z.string(),
      digest: z.string(),
      previous: z.string(),
      previousRelease: z.string(),
      downtimeMs: z.number(),
      blamed: z.boolean().describe("The release is refused from now on, until forced"),
    })
    .optional()
    .describe("How it ended there; absent when that was not seen"),
  lost: z.string().optional().describe("Why nothing more came"),
  phases: z.array(z.strictObject({ phase: z.string(), ms: z.number(), text: z.string() })).optional(),
});

/** The schemas that are published. */
export const schemas = {
  "config.schema.json": configSchema,
  "report.schema.json": reportSchema(RESULTS, { app: z.string(), hosts: z.array(host) }),
};
