import * as z from "zod";
import { PROOFS } from "../../../shared/backup/manifest.ts";
import { reportSchema } from "../../../shared/runtime/report-schema.ts";
import { MODES } from "./inputs.ts";

const count = z.int().nonnegative();

const details = {
  mode: z.enum(MODES),
  database: z.string().describe("The name under which the restored data is found"),
  previousDatabase: z.string().describe("After a swap: the name of the database that was in its place"),
  backup: z.strictObject({
    location: z.string(),
    database: z.string().describe("The one that was backed up"),
    snapshotAt: z.iso.datetime(),
    sha256: z.string(),
    bytes: count,
    verification: z.enum(PROOFS).describe("How the backup was proven when it was made"),
  }),
  verified: z
    .strictObject({
      tables: count,
      rows: count,
      uncounted: count.describe(
        "Tables that were not compared: the backup tells no count of them, or row security hides their rows from the user",
      ),
    })
    .describe("Rows, compared with the backup table by table; absent where that was not asked for"),
  wayBack: z.array(z.string()).describe("SQL that undoes a swap"),
  blockedMs: z
    .number()
    .nonnegative()
    .describe("How long a swap kept new connections waiting, which it then sent away"),
  timeline: z.array(z.strictObject({ name: z.string(), durationMs: z.number().nonnegative() })),
  recoverySeconds: z.number().nonnegative(),
  targetSeconds: z.number().nonnegative().describe("What recovery-target allows"),
  remarks: z.array(z.string()),
};

/** The JSON Schemas that are published beside the action. */
export const schemas = {
  "report.schema.json": reportSchema(["restored", "planned"], details).meta({
    title: "Restore report",
    description: "What the output report of db-restore points to",
  }),
};
