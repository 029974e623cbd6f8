import { spawn } from "node:child_process";
import { mkdtemp, open, rm, stat, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DamagedBackup, feedArchive, ReaderStopped } from "../../../shared/backup/archive.ts";
import { whenKilled } from "../../../shared/runtime/guard.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Source } from "./source.ts";

type Options = {
  readonly source: Source;
  readonly identities: readonly string[];
  readonly zstd: string | undefined;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
  /** Is told of the directory before anything is in it, to remove it at the end. */
  readonly made: (remove: () => Promise<void>) => void;
};

/**
 * Puts the archive into a file that only this user can read, decrypted and decompressed: pg_restore jumps about in it,
 * and nothing of it may reach a server before its last byte has been proven to be what was stored. Returns the path.
 * Throws a UserError.
 */
export async function unpack(options: Options): Promise<string> {
  const { source, identities, zstd, env, signal, onBytes, made } = options;
  const { store, manifest, location } = source;
  const directory = await mkdtemp(path.join(env["RUNNER_TEMP"] || tmpdir(), "db-restore-"));
  // Somebody's whole data, in clear: it must not stay, whatever becomes of this process.
  const callOff = whenKilled({ directories: [directory] });
  made(async () => {
    await rm(directory, { recursive: true, force: true });
    callOff();
  });
  await checkSpace(directory, source);
  const file = path.join(directory, "archive");
  const handle = await open(file, "wx", 0o600);
  let said = "";
  let exit: Promise<number | null> = Promise.resolve(null);
  try {
    await feedArchive({ store, object: manifest.object, identities, zstd, signal, onBytes }, (stdin) => {
      // The decompressor's output goes from process to process into the file, and not through this one.
      const cat = spawn("cat", [], {
        stdio: [stdin, handle.fd, "pipe"],
        env: { PATH: env["PATH"], LC_ALL: "C" },
      });
      cat.stderr?.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(0, 1_000);
      });
      exit = new Promise((resolve, reject) => {
        cat.once("error", reject);
        cat.once("close", resolve);
      });
      exit.catch(() => undefined);
      return { stdin: cat.stdin, kill: () => cat.kill("SIGKILL") };
    });
    if ((await exit) !== 0) throw new ReaderStopped(said);
  } catch (error) {
    signal.throwIfAborted();
    // Whoever wrote failed first, and the others for want of a reader: then it was not ended from here (code null).
    const code = await exit;
    if (error instanceof ReaderStopped || (code !== null && code !== 0)) throw notWritten(file, said, error);
    throw error;
  } finally {
    await handle.close();
  }
  const { size } = await stat(file);
  const { archiveBytes } = manifest.object;
  if (archiveBytes !== null && size !== archiveBytes) {
    throw new DamagedBackup(`${location} unpacks to ${size} bytes instead of ${archiveBytes}.`, {
      hint: "It was damaged. Use another backup.",
    });
  }
  return file;
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

function notWritten(file: string, said: string, cause: unknown): UserError {
  const why = remoteLine(said.replace(/^cat: (?:write error: )?/, "")) || "the writing program ended early";
  return new UserError(`The archive could not be written to ${file}: ${why}.`, {
    hint: "Free space on the runner, or set RUNNER_TEMP or TMPDIR to a directory on a larger disk.",
    cause,
  });
}
