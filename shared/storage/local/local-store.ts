import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, open, readdir, rm, stat, statfs } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { UserError } from "../../runtime/user-error.ts";
import { formatBytes } from "../../runtime/values.ts";
import { exactly } from "../exactly.ts";
import { checkDirectoryPrefix, checkKey, checkPrefix } from "../keys.ts";
import { nameOfPart, PART_RESTLESS_MS } from "../part-name.ts";
import {
  type Leftover,
  NoSuchObject,
  type Store,
  type StoredObject,
  type StoreNeed,
  type StoreRoom,
} from "../store.ts";
import { isMissing, localError } from "./failure.ts";
import { beginFile, syncDirectory } from "./pending-file.ts";

/** Backups in a directory of this machine, which need not exist yet. */
export function openLocalStore(directory: string): Store {
  const place = (key: string): string => {
    checkKey(key);
    return path.join(directory, key);
  };
  return {
    where: directory,
    check: (need) => checkDirectory(directory, need),
    begin: async (key, options) => beginFile(place(key), options),
    read: async (key, { signal }) => readFile(place(key), signal),
    list: async (prefix, { signal }) => {
      checkPrefix(prefix);
      // Nothing but the directory that the prefix leads to is looked at.
      const within = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      const found: StoredObject[] = [];
      await walk(path.join(directory, within), within, found, signal);
      return found.filter(({ key }) => key.startsWith(prefix));
    },
    leftovers: (prefix, { signal }) => partsIn(directory, prefix, signal),
    remove: async (key, { signal }) => removeFile(place(key), signal),
    locate: place,
    close: () => Promise.resolve(),
  };
}

/** Changes nothing that lasts: the directory is made when the first backup begins. */
async function checkDirectory(directory: string, { bytes, signal }: StoreNeed): Promise<StoreRoom> {
  signal.throwIfAborted();
  const existing = await nearestDirectory(directory);
  const probe = path.join(existing, `.${randomBytes(6).toString("hex")}.part`);
  try {
    const handle = await open(probe, "wx", 0o600);
    await handle.close();
    await rm(probe);
  } catch (error) {
    throw localError(`Writing to ${existing}`, error);
  }
  const { bavail, bsize } = await statfs(existing);
  const free = bavail * bsize;
  if (bytes === undefined || free >= bytes) return { free };
  throw new UserError(
    `${directory} has ${formatBytes(free)} free, and the backup may need ${formatBytes(bytes)}.`,
    { hint: "Make room there, keep fewer backups, or give a destination with more room." },
  );
}

/** The directory, or the nearest one above it that exists. */
async function nearestDirectory(directory: string): Promise<string> {
  for (let at = directory; ; at = path.dirname(at)) {
    try {
      if ((await stat(at)).isDirectory()) return at;
      throw new UserError(`${at} is not a directory.`, { hint: "Give a directory as the destination." });
    } catch (error) {
      if (!isMissing(error) || at === path.dirname(at)) throw localError(`Looking at ${at}`, error);
    }
  }
}

async function walk(at: string, prefix: string, found: StoredObject[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const entries = await readdir(at, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw localError(`Listing ${at}`, error);
  });
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const [file, key] = [path.join(at, entry.name), prefix + entry.name];
    if (entry.isDirectory()) await walk(file, `${key}/`, found, signal);
    // One that another run has removed meanwhile is not there.
    const size = entry.isFile() ? await sizeOf(file) : undefined;
    if (size !== undefined) found.push({ key, size });
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await statOf(file))?.size;
}

async function statOf(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw localError(`Looking at ${file}`, error);
  }
}

async function removeFile(file: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await rm(file);
    await syncDirectory(path.dirname(file));
  } catch (error) {
    if (!isMissing(error)) throw localError(`Removing ${file}`, error);
  }
}

/** The files in one directory of the store that are being written, or were when their writer was killed. */
async function partsIn(directory: string, prefix: string, signal: AbortSignal): Promise<Leftover[]> {
  const at = path.join(directory, checkDirectoryPrefix(prefix));
  signal.throwIfAborted();
  const entries = await readdir(at, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw localError(`Listing ${at}`, error);
  });
  const found: Leftover[] = [];
  for (const entry of entries) {
    const name = nameOfPart(entry.name);
    if (name === undefined || !entry.isFile()) continue;
    const file = path.join(at, entry.name);
    const stats = await statOf(file);
    if (stats === undefined) continue;
    found.push({
      ...{ key: prefix + name, what: `${file} (${formatBytes(stats.size)})` },
      ...{ seenAt: stats.mtimeMs, restlessMs: PART_RESTLESS_MS },
      remove: (options) => removeFile(file, options.signal),
    });
  }
  return found;
}

async function readFile(file: string, signal: AbortSignal): Promise<Readable> {
  signal.throwIfAborted();
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, "r");
    const { size } = await handle.stat();
    return exactly(size, file, handle.createReadStream({ highWaterMark: 1 << 20 }), {
      ...{ signal, explain: (error) => localError(`Reading ${file}`, error) },
    });
  } catch (error) {
    await handle?.close();
    if (isMissing(error)) throw new NoSuchObject(file);
    throw localError(`Reading ${file}`, error);
  }
}
