import { mkdtemp, open, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { saveArchive } from "../../../shared/backup/archive.ts";
import { CannotWrite } from "../../../shared/backup/decompression.ts";
import { whenKilled } from "../../../shared/runtime/guard.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { findOffsets, type Offsets } from "./archive-offsets.ts";
import { Growth } from "./growing-file.ts";
import type { Source } from "./source.ts";

type Options = {
  readonly source: Source;
  readonly identities: readonly string[];
  readonly zstd: string | undefined;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
  /** Whether several sessions will read it, which have to find their tables in it. */
  readonly forMany: boolean;
  readonly onBytes: (bytes: number) => void;
  /** Is told of the directory before anything is in it, to remove it at the end. */
  readonly made: (remove: () => Promise<void>) => void;
};

/** The archive in a file, and where in it the data of each table are, if that was asked for and could be found. */
export type Unpacked = {
  readonly file: string;
  readonly offsets: Offsets | undefined;
  /** Begins to remove it, which takes a while; what comes of it the removal at the end tells. */
  readonly discard: () => void;
};

/**
 * Puts the archive into a file that only this user can read, decrypted and decompressed: pg_restore jumps about in it,
 * and nothing of it may reach a server before its last byte has been proven to be what was stored. Throws a UserError.
 */
export async function unpack(options: Options): Promise<Unpacked> {
  const { source, identities, zstd, env, signal, forMany, onBytes, made } = options;
  const { store, manifest } = source;
  const directory = await mkdtemp(path.join(env["RUNNER_TEMP"] || tmpdir(), "db-restore-"));
  // Somebody's whole data, in clear: it must not stay, whatever becomes of this process.
  const callOff = whenKilled({ directories: [directory] });
  let removing: Promise<void> | undefined;
  const remove = (): Promise<void> => {
    removing ??= rm(directory, { recursive: true, force: true }).then(callOff);
    return removing;
  };
  made(remove);
  await checkSpace(directory, source);
  const file = path.join(directory, "archive");
  const handle = await open(file, "wx", 0o600);
  const growth = new Growth();
  // While it is written, which takes as long: the decompressor and this process have a core each.
  const searching = forMany ? findOffsets(file, growth) : Promise.resolve(undefined);
  searching.catch(() => undefined);
  try {
    await saveArchive(
      {
        ...{ store, object: manifest.object, identities, zstd, signal },
        onBytes: (bytes) => {
          onBytes(bytes);
          growth.grown();
        },
      },
      handle,
    );
    growth.end(true);
  } catch (error) {
    growth.end(false);
    signal.throwIfAborted();
    throw error instanceof CannotWrite ? notWritten(file, error) : error;
  } finally {
    await handle.close();
    await Promise.allSettled([searching]);
  }
  return { file, offsets: await searching, discard: () => void remove().catch(() => undefined) };
}

async function checkSpace(directory: string, { manifest, location }: Source): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  // Without a measured size: an archive holds no indexes, and is as a rule smaller than the database was.
  const need = manifest.object.archiveBytes ?? manifest.server.databaseBytes;
  const free = bavail * bsize;
  if (free >= need) return;
  throw new UserError(
    `There is too little room for ${location}: it unpacks to ${megabytes(need)}, and ${directory} has ${megabytes(free)}.`,
    { hint: "Free space on the runner, or set RUNNER_TEMP or TMPDIR to a directory on a larger disk." },
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString("en")} MB`;
}

function notWritten(file: string, cause: CannotWrite): UserError {
  return new UserError(`The archive could not be written to ${file}: ${remoteLine(cause.message)}.`, {
    hint: "Free space on the runner, or set RUNNER_TEMP or TMPDIR to a directory on a larger disk.",
    cause,
  });
}
