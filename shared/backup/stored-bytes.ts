import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { UserError } from "../runtime/user-error.ts";
import { NoSuchObject, type Store } from "../storage/store.ts";
import { decryptStream, NotDecrypted } from "./encryption.ts";
import type { Manifest } from "./manifest.ts";

export type ArchiveOptions = {
  readonly store: Store;
  readonly object: Manifest["object"];
  /** age identities, `AGE-SECRET-KEY-1…`; unused for a backup that is not encrypted. */
  readonly identities: readonly string[];
  /** The zstd program; Node's own zlib decompresses without it. */
  readonly zstd: string | undefined;
  readonly signal: AbortSignal;
  /** Told of the stored bytes read so far. */
  readonly onBytes?: (bytes: number) => void;
};

/** The stored bytes, decrypted; ends only when they were the ones of the manifest. */
export async function plainBytes(options: ArchiveOptions): Promise<AsyncIterable<Uint8Array>> {
  const { object, identities, store } = options;
  const location = store.locate(object.key);
  const stored = storedBytes(options, location);
  if (object.encryption === "none") return stored;
  const plain = await decryptStream(stored, identities, location).catch((error: unknown) => {
    throw damageNamed(error, location);
  });
  return decrypted(plain, location);
}

async function* storedBytes(options: ArchiveOptions, location: string): AsyncGenerator<Uint8Array> {
  const { store, object, signal, onBytes } = options;
  let stream: Readable;
  try {
    stream = await store.read(object.key, { signal });
  } catch (error) {
    if (!(error instanceof NoSuchObject)) throw error;
    throw new DamagedBackup(`${location} does not exist, though its manifest does.`, {
      hint: "Somebody removed it by hand, or a rule of the storage did. Use another backup, and remove its manifest.",
      cause: error,
    });
  }
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    hash.update(chunk);
    bytes += chunk.length;
    onBytes?.(bytes);
    yield chunk;
  }
  signal.throwIfAborted();
  if (bytes !== object.bytes) throw damaged(location, `it has ${bytes} bytes instead of ${object.bytes}`);
  if (hash.digest("hex") !== object.sha256)
    throw damaged(location, "its SHA-256 is not the one of the manifest");
}

async function* decrypted(source: AsyncIterable<Uint8Array>, location: string): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    throw damageNamed(error, location);
  }
}

function damageNamed(error: unknown, location: string): unknown {
  return error instanceof NotDecrypted ? damaged(location, `it does not decrypt (${error.message})`) : error;
}

/** What is stored is not, or no more, what the manifest describes. */
export class DamagedBackup extends UserError {}

export function damaged(location: string, why: string): UserError {
  return new DamagedBackup(`${location} is damaged: ${why}.`, {
    hint: "It was changed after it was written. Use another backup, and look into what happened to this one.",
  });
}

/** Reads all of a stored backup, and believes it only when it is byte for byte the one that the manifest describes. */
export async function checkStored(options: ArchiveOptions): Promise<void> {
  const chunks = storedBytes(options, options.store.locate(options.object.key));
  while ((await chunks.next()).done !== true);
}
