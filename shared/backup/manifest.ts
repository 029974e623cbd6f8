import * as z from "zod";
import { UserError } from "../runtime/user-error.ts";

const count = z.int().nonnegative();
const bytes = z.int().nonnegative();

/** How far a backup was proven; each level includes the ones before. */
export const PROOFS = ["none", "archive", "restore"] as const;
export type Proof = (typeof PROOFS)[number];

export const COMPRESSIONS = ["zstd", "gzip", "none"] as const;
export type Compression = (typeof COMPRESSIONS)[number];

const table = z.strictObject({
  schema: z.string(),
  name: z.string(),
  rows: count
    .nullable()
    .describe("In the snapshot of the dump; null when they were not counted (verify: none)"),
  extension: z.string().optional().describe("The extension whose table it is, if any"),
});

const version = z.strictObject({
  major: z.int().positive(),
  full: z.string().describe("As the program writes it"),
});

/** What describes one backup, and lies beside it: a backup exists once its manifest does. */
export const manifestSchema = z.strictObject({
  kind: z.literal("postgres-backup"),
  schemaVersion: z.literal(1),
  database: z.string(),
  snapshotAt: z.iso.datetime().describe("The moment whose state the backup holds, by the server's clock"),
  finishedAt: z.iso.datetime(),
  server: z.strictObject({
    version,
    systemIdentifier: z
      .string()
      .nullable()
      .describe("Tells clusters apart; null when the role may not read it"),
    encoding: z.string(),
    databaseBytes: bytes.describe("Size of the database on the server"),
  }),
  client: z.strictObject({ program: z.literal("pg_dump"), version }),
  object: z.strictObject({
    key: z.string().describe("Where the backup is, from the destination's own directory or prefix"),
    bytes: bytes.describe("As stored"),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe("Of the bytes as stored"),
    compression: z.enum(COMPRESSIONS),
    encryption: z.enum(["age", "none"]),
    recipients: z.array(z.string()).describe("The age recipients that can read it; empty without encryption"),
    archiveBytes: bytes
      .nullable()
      .describe("Of the pg_dump archive, decrypted and decompressed; null when it was not read back"),
  }),
  tables: z.array(table),
  rows: count.nullable().describe("Of all tables; null when they were not counted"),
  empty: z.boolean().describe("No table held a row"),
  sequences: count,
  largeObjects: count,
  extensions: z.array(z.strictObject({ name: z.string(), version: z.string(), schema: z.string() })),
  attributes: z
    .strictObject({
      encryption: z.enum(["age", "none"]),
      content: z.string().describe("JSON as attributesSchema has it; ASCII-armoured age when encrypted"),
    })
    .describe("What pg_dump leaves out: owner, grants and settings of the database, and the roles"),
  verification: z.strictObject({
    level: z.enum(PROOFS),
    at: z.iso.datetime().nullable(),
    durationMs: z.number().nonnegative(),
  }),
  createdBy: z.strictObject({ action: z.string(), ref: z.string(), run: z.string().nullable() }),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest as the text that is stored. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifestSchema.parse(manifest), null, 2)}\n`;
}

/** Reads a manifest; `location` names it in the UserError for one that is not ours, or of a newer version. */
export function parseManifest(text: string, location: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`The manifest ${location} is no JSON.`, { hint: DAMAGED, cause });
  }
  const read = manifestSchema.safeParse(value);
  if (read.success) return read.data;
  const { schemaVersion } = (value ?? {}) as { readonly schemaVersion?: unknown };
  if (typeof schemaVersion === "number" && schemaVersion > 1) {
    throw new UserError(
      `The manifest ${location} was written by a newer version (schema ${schemaVersion}).`,
      {
        hint: "Use the version of the actions that made the backup, or a newer one.",
      },
    );
  }
  const [issue] = read.error.issues;
  const what = issue === undefined ? "" : `: ${issue.path.join(".")}: ${issue.message}`;
  throw new UserError(`The manifest ${location} is not one of db-backup${what}.`, { hint: DAMAGED });
}

const DAMAGED =
  "It was damaged, or is somebody else's file. The backups beside it are not affected; remove or restore it.";
