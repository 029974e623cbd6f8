import * as z from "zod";
import { manifestSchema } from "../../../shared/backup/manifest.ts";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";

const milliseconds = z.number().nonnegative();

const details = {
  backups: z.array(
    z.strictObject({
      database: z.string(),
      locations: z.array(z.string()).describe("Where the backup is; without destinations that failed"),
      dumpMs: milliseconds,
      proofMs: milliseconds,
      manifest: manifestSchema.omit({ attributes: true }),
    }),
  ),
  retention: z
    .array(
      z.strictObject({
        database: z.string(),
        where: z.string().describe("The destination"),
        keep: z.array(z.strictObject({ location: z.string(), reasons: z.array(z.string()) })),
        remove: z.array(
          z.strictObject({
            location: z.string(),
            reason: z.string(),
            done: z.boolean().describe("Deleted; false in a dry run"),
          }),
        ),
        unreadable: z.array(z.strictObject({ location: z.string(), why: z.string() })),
      }),
    )
    .describe("For each database at each destination; empty when no rule is set, or something failed before"),
  swept: z
    .array(
      z.strictObject({
        database: z.string(),
        where: z.string().describe("The destination"),
        leftovers: z.array(
          z.strictObject({
            what: z.string(),
            seenAt: z.iso.datetime().describe("The last sign of life"),
            removed: z.boolean().describe("False in a dry run"),
            why: z.string().optional().describe("Why it was left alone"),
          }),
        ),
        problem: z.string().optional().describe("Why there was no looking for them"),
      }),
    )
    .describe("What runs that were killed have left; empty when something failed before"),
};

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "manifest.schema.json": manifestSchema.meta({
    title: "Backup manifest",
    description: "What describes one backup and lies beside it",
  }),
  "report.schema.json": reportSchema(["backed-up", "planned", "failed"], details).meta({
    title: "Backup report",
    description: "What the output report of db-backup points to",
  }),
};
