import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { Client } from "pg";
import type { Attributes } from "../../shared/backup/attributes.ts";
import { encryptStream } from "../../shared/backup/encryption.ts";
import { manifestKey, objectKey } from "../../shared/backup/keys.ts";
import { type Compression, type Manifest, manifestText } from "../../shared/backup/manifest.ts";
import { sealAttributes } from "../../shared/backup/sealed-attributes.ts";
import { quoteIdentifier } from "../../shared/postgres/sql.ts";
import type { Postgres } from "../support/postgres.ts";
import type { MajorWithPrograms } from "../support/postgres-programs.ts";
import { programsOf } from "../support/postgres-programs.ts";

const run = promisify(execFile);

export type BackupOptions = {
  readonly server: Postgres;
  readonly major: MajorWithPrograms;
  readonly database: string;
  /** The directory that takes the place of a destination. */
  readonly directory: string;
  readonly compression?: Compression;
  readonly recipients?: readonly string[];
  readonly at?: number;
  readonly attributes?: Partial<Attributes>;
  /** Changes what the manifest says. */
  readonly manifest?: (manifest: Manifest) => Manifest;
};

export type MadeBackup = {
  readonly location: string;
  readonly manifest: Manifest;
  readonly manifestFile: string;
};

/**
 * Makes a backup of the form that db-backup gives it, from a real pg_dump, but with whatever the test wants to be in
 * it. The whole archive goes through memory.
 */
export async function makeBackup(options: BackupOptions): Promise<MadeBackup> {
  const { server, major, database, directory, compression = "zstd", recipients = [] } = options;
  const at = options.at ?? Date.parse("2026-03-01T03:00:00Z");
  const { stdout: archive } = await run(
    path.join(programsOf(major), "pg_dump"),
    [
      "-Fc",
      "-Z0",
      "-w",
      "-h",
      "127.0.0.1",
      "-p",
      String(server.port),
      "-U",
      "postgres",
      "-d",
      `dbname='${database.replace(/['\\]/g, "\\$&")}'`,
    ],
    {
      encoding: "buffer",
      maxBuffer: 2 ** 30,
      env: { PATH: process.env["PATH"], PGPASSWORD: server.password },
    },
  );
  const packed =
    compression === "none" ? archive : compression === "gzip" ? gzipSync(archive) : zstdCompressSync(archive);
  const stored = recipients.length === 0 ? packed : await encrypted(packed, recipients);
  const key = objectKey({
    ...{
      database,
      at,
      unique: Math.random().toString(16).slice(2, 8),
      compression,
      encrypted: recipients.length > 0,
    },
  });
  const facts = await factsOf(server, database);
  const attributes: Attributes = {
    ...{
      owner: "postgres",
      comment: null,
      tablespace: "pg_default",
      connectionLimit: -1,
      grants: null,
      settings: [],
    },
    ...{
      locale: { encoding: "UTF8", provider: "c", collate: "C", ctype: "C" },
      roles: ["postgres"],
      globals: null,
    },
    ...options.attributes,
  };
  const plain: Manifest = {
    ...{ kind: "postgres-backup", schemaVersion: 1, database, snapshotAt: new Date(at).toISOString() },
    finishedAt: new Date(at + 60_000).toISOString(),
    server: {
      version: { major, full: `${major}.0` },
      ...{ systemIdentifier: null, encoding: "UTF8", databaseBytes: archive.length },
    },
    client: { program: "pg_dump", version: { major, full: `${major}.0` } },
    object: {
      ...{
        key,
        bytes: stored.length,
        sha256: createHash("sha256").update(stored).digest("hex"),
        compression,
      },
      ...{
        encryption: recipients.length > 0 ? "age" : "none",
        recipients: [...recipients],
        archiveBytes: archive.length,
      },
    },
    ...{
      tables: facts.tables,
      rows: facts.tables.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
      empty: false,
    },
    ...{ sequences: 0, largeObjects: facts.largeObjects, extensions: facts.extensions },
    attributes: await sealAttributes(attributes, recipients),
    verification: { level: "archive", at: new Date(at + 60_000).toISOString(), durationMs: 1_000 },
    createdBy: { action: "db-backup", ref: "", run: null },
  };
  const manifest = options.manifest?.(plain) ?? plain;
  const location = path.join(directory, manifest.object.key);
  const manifestFile = path.join(directory, manifestKey(key));
  mkdirSync(path.dirname(location), { recursive: true });
  writeFileSync(location, stored);
  writeFileSync(manifestFile, manifestText(manifest));
  return { location, manifest, manifestFile };
}

async function encrypted(bytes: Buffer, recipients: readonly string[]): Promise<Buffer> {
  async function* once(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of await encryptStream(once(), recipients)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A session of the superuser in one database of a test server. */
export async function inDatabase<T>(
  server: Postgres,
  database: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { socketDirectory: host, port, user, password } = server;
  const client = new Client({ host, port, user, password, database });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function factsOf(server: Postgres, database: string) {
  return inDatabase(server, database, async (client) => {
    const { rows: tables } = await client.query<{ schema: string; name: string; rows: number | null }>(
      `select n.nspname as schema, c.relname as name, null::int as rows
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by 1, 2`,
    );
    for (const table of tables) {
      const name = `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
      const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from only ${name}`);
      table.rows = rows[0]?.n ?? null;
    }
    const { rows: extensions } = await client.query<{ name: string; version: string; schema: string }>(
      `select e.extname as name, e.extversion as version, n.nspname as schema
         from pg_extension e join pg_namespace n on n.oid = e.extnamespace`,
    );
    const { rows: objects } = await client.query<{ n: number }>(
      "select count(*)::int as n from pg_largeobject_metadata",
    );
    return { tables, extensions, largeObjects: objects[0]?.n ?? 0 };
  });
}
