import { randomBytes } from "node:crypto";
import path from "node:path/posix";
import type { FileEntryWithStats } from "ssh2";
import { UserError } from "../../runtime/user-error.ts";
import { formatBytes } from "../../runtime/values.ts";
import { connectSsh, type Sftp, type SshConnection, type SshTarget } from "../../ssh/connect.ts";
import { checkDirectoryPrefix, checkKey, checkPrefix } from "../keys.ts";
import { nameOfPart, PART_RESTLESS_MS } from "../part-name.ts";
import type { Leftover, Store, StoredObject, StoreNeed, StoreRoom } from "../store.ts";
import { freeBytes, nearestDirectory } from "./directory.ts";
import { download } from "./download.ts";
import { isMissing, sftpFailure } from "./failure.ts";
import { beginUpload } from "./pending-upload.ts";
import { silent, watched } from "./watched.ts";

// For longer than flushing all that a machine holds in memory takes.
const PATIENCE_MS = 5 * 60_000;
const PATIENCE_AFTER_A_STALL_MS = 15_000;

/**
 * Backups in a directory of the SSH host; a relative one begins at the user's home directory. The connection is the
 * store's own: a cancelled run closes others, and here something may have to be cleaned up after that. A host that does not
 * answer for `patienceMs` milliseconds fails what was asked of it.
 */
export function openSftpStore(target: SshTarget, directory: string, patienceMs = PATIENCE_MS): Store {
  const over = new AbortController();
  let live: SshConnection | undefined;
  let current: Promise<Session> | undefined;
  let patience = patienceMs;
  const connect = async (): Promise<Session> => {
    const connection = await connectSsh({ ...target, signal: over.signal });
    live = connection;
    const opened = await openSession(connection, patience).catch((error: unknown) => {
      void connection.close();
      throw error;
    });
    const sftp = watched(opened, patience, () => {
      // Only the clean-up follows, over another connection.
      patience = Math.min(patience, PATIENCE_AFTER_A_STALL_MS);
      current = undefined;
      void connection.close();
    });
    return { connection, sftp };
  };
  /** The session; a new one, over a new connection, when the former is lost. */
  const session = async (signal?: AbortSignal): Promise<Sftp> => {
    for (;;) {
      signal?.throwIfAborted();
      // A new one is taken as it is: where the server ends each at once, asking it says so, and again and again never ends.
      const isNew = current === undefined;
      current ??= connect();
      const known = current;
      try {
        const { connection, sftp } = await raced(known, signal);
        if (isNew || (connection.isOpen() && sftp.isOpen())) return sftp;
        if (current === known) current = undefined;
        void connection.close();
      } catch (error) {
        if (signal?.aborted !== true && current === known) current = undefined;
        throw error;
      }
    }
  };
  const place = (key: string): string => {
    checkKey(key);
    return path.join(directory, key);
  };
  const locate = (key: string): string => `ssh:${place(key)}`;
  const removeFile = async (file: string, signal: AbortSignal): Promise<void> => {
    const sftp = await session(signal);
    try {
      await sftp.request<void>((wrapper, done) => wrapper.unlink(file, (error) => done(error)));
    } catch (error) {
      if (!isMissing(error)) throw sftpFailure(`Removing ssh:${file}`, error);
    }
  };

  return {
    where: `ssh:${directory}`,
    check: async (need) => checkDirectory(await session(need.signal), directory, need),
    begin: async (key, options) => {
      const file = place(key);
      return beginUpload(await session(options.signal), file, options, session);
    },
    read: async (key, { signal }) => {
      const file = place(key);
      return download(await session(signal), file, locate(key), signal);
    },
    list: async (prefix, { signal }) => {
      checkPrefix(prefix);
      const within = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      const found: StoredObject[] = [];
      await walk(await session(signal), path.join(directory, within), within, found, signal);
      return found.filter(({ key }) => key.startsWith(prefix));
    },
    leftovers: async (prefix, { signal }) =>
      partsIn(await session(signal), directory, checkDirectoryPrefix(prefix), (file, options) =>
        removeFile(file, options.signal),
      ),
    remove: async (key, { signal }) => removeFile(place(key), signal),
    locate,
    close: async () => {
      await live?.close();
      over.abort(new Error("the store was closed"));
    },
  };
}

type Session = { readonly connection: SshConnection; readonly sftp: Sftp };

/** What serves files is a program of its own, which may hang as it starts while its SSH server is alive. */
async function openSession(connection: SshConnection, patienceMs: number): Promise<Sftp> {
  const deadline = AbortSignal.timeout(patienceMs);
  try {
    return await connection.sftp(deadline);
  } catch (error) {
    throw error === deadline.reason ? silent("the request for a file transfer session", patienceMs) : error;
  }
}

/** Waits for no longer than the signal lets it. */
async function raced<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return work;
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Changes nothing that lasts: the directory is made when the first backup begins. */
async function checkDirectory(sftp: Sftp, directory: string, { bytes }: StoreNeed): Promise<StoreRoom> {
  const existing = await nearestDirectory(sftp, directory);
  const probe = path.join(existing, `.${randomBytes(6).toString("hex")}.part`);
  try {
    const handle = await sftp.request<Buffer>((wrapper, done) =>
      wrapper.open(probe, "wx", { mode: 0o600 }, done),
    );
    await sftp.request<void>((wrapper, done) => wrapper.close(handle, (error) => done(error)));
    await sftp.request<void>((wrapper, done) => wrapper.unlink(probe, (error) => done(error)));
  } catch (error) {
    throw sftpFailure(`Writing to ${existing} on the SSH host`, error);
  }
  const free = await freeBytes(sftp, existing);
  if (bytes === undefined || free === undefined || free >= bytes) return { free };
  throw new UserError(
    `${directory} on the SSH host has ${formatBytes(free)} free, and the backup may need ${formatBytes(bytes)}.`,
    { hint: "Make room there, keep fewer backups, or give a destination with more room." },
  );
}

async function entriesOf(sftp: Sftp, at: string): Promise<FileEntryWithStats[]> {
  try {
    return await sftp.request<FileEntryWithStats[]>((wrapper, done) => wrapper.readdir(at, done));
  } catch (error) {
    if (isMissing(error)) return [];
    throw sftpFailure(`Listing ${at} on the SSH host`, error);
  }
}

/** The files in one directory that are being written, or were when their writer was killed. */
async function partsIn(
  sftp: Sftp,
  directory: string,
  prefix: string,
  remove: (file: string, options: { readonly signal: AbortSignal }) => Promise<void>,
): Promise<Leftover[]> {
  const at = path.join(directory, prefix);
  return (await entriesOf(sftp, at)).flatMap(({ filename, attrs }) => {
    const name = nameOfPart(filename);
    if (name === undefined || !attrs.isFile()) return [];
    const file = path.join(at, filename);
    return {
      ...{ key: prefix + name, what: `ssh:${file} (${formatBytes(attrs.size)})` },
      // SFTP tells whole seconds.
      ...{ seenAt: attrs.mtime * 1_000, restlessMs: PART_RESTLESS_MS },
      remove: (options) => remove(file, options),
    };
  });
}

async function walk(
  sftp: Sftp,
  at: string,
  prefix: string,
  found: StoredObject[],
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  for (const { filename, attrs } of await entriesOf(sftp, at)) {
    if (filename.startsWith(".")) continue;
    const key = prefix + filename;
    if (attrs.isDirectory()) await walk(sftp, path.join(at, filename), `${key}/`, found, signal);
    else if (attrs.isFile()) found.push({ key, size: attrs.size });
  }
}
