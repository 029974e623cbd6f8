import * as z from "zod";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { configSchema } from "./config-schema.ts";

const counted = z.int().nonnegative();
const bytes = counted.nullable().describe("null where they were not counted");
const version = {
  id: counted,
  digest: z.string(),
  tags: z.array(z.string()),
  created: z.iso.datetime().nullable(),
  updated: z.iso.datetime().nullable(),
  reason: z.string().describe("In one word"),
  because: z.string().describe("For people"),
};

const deleted = z.strictObject({
  ...version,
  state: z
    .enum(["planned", "deleted", "gone", "saved", "refused", "failed", "left", "blocked"])
    .describe(
      "gone: somebody else was faster; saved: something changed since the plan; left: for the next run; blocked: a guard stopped the package",
    ),
  why: z.string().optional(),
  restore: z.string().optional().describe("The call that brings it back, for 30 days"),
});

const untagged = z.strictObject({
  digest: z.string(),
  tag: z.string(),
  state: z.enum(["planned", "done", "saved", "failed", "left", "blocked"]),
  why: z.string().optional(),
});

const details = {
  owner: z.string(),
  dryRun: z.boolean(),
  counts: z.strictObject({
    deleted: counted,
    kept: counted,
    failed: counted,
    remaining: counted,
    saved: counted,
    untagged: counted,
  }),
  bytesFreed: bytes,
  calls: z.strictObject({ github: counted, registry: counted }),
  packages: z.array(
    z.strictObject({
      name: z.string(),
      versions: counted.describe("As they were listed"),
      bytesFreed: bytes,
      stopped: z.string().optional().describe("Why something is left to the next run"),
      deleted: z.array(deleted).describe("Everything that was planned, with what became of it"),
      untagged: z.array(untagged),
      kept: z.array(z.strictObject(version)),
    }),
  ),
};

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "config.schema.json": configSchema,
  "report.schema.json": reportSchema(["cleaned", "nothing", "planned", "incomplete", "failed"], details).meta(
    {
      title: "Clean-up report",
      description: "What the output report of ghcr-cleanup points to",
    },
  ),
};
