import type { StoredBackup } from "../../shared/backup/backups.ts";
import { manifestKey, objectKey } from "../../shared/backup/keys.ts";
import type { Manifest, Proof } from "../../shared/backup/manifest.ts";

export type Sketch = {
  readonly database?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly proof?: Proof;
  readonly unique?: string;
  readonly bytes?: number;
};

/** A backup of which only what retention looks at matters. */
export function storedBackup({
  database = "shop",
  at,
  proof = "archive",
  unique = "0a",
  bytes = 100,
}: Sketch): StoredBackup {
  const key = objectKey({ database, at, unique, compression: "zstd", encrypted: false });
  const time = new Date(at).toISOString();
  const version = { major: 15, full: "15.18" };
  const manifest: Manifest = {
    kind: "postgres-backup",
    schemaVersion: 1,
    database,
    snapshotAt: time,
    finishedAt: time,
    server: { version, systemIdentifier: null, encoding: "UTF8", databaseBytes: 0 },
    client: { program: "pg_dump", version },
    object: {
      key,
      bytes,
      sha256: "0".repeat(64),
      compression: "zstd",
      encryption: "none",
      recipients: [],
      archiveBytes: null,
    },
    tables: [],
    rows: null,
    empty: true,
    sequences: 0,
    largeObjects: 0,
    extensions: [],
    attributes: { encryption: "none", content: "{}" },
    verification: { level: proof, at: proof === "none" ? null : time, durationMs: 0 },
    createdBy: { action: "db-backup", ref: "", run: null },
  };
  return { manifestKey: manifestKey(key), manifest };
}
