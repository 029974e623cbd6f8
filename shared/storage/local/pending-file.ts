import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { whenKilled } from "../../runtime/guard.ts";
import { partName } from "../part-name.ts";
import { closed, openSink } from "../sink.ts";
import type { BeginOptions, PendingObject } from "../store.ts";
import { localError } from "./failure.ts";

const WAITING = 4 << 20;
// The kernel is told to begin writing this often, so that the last fsync has little left to do.
const FLUSH_EVERY = 64 << 20;
const WORTH_A_GUARD = 1 << 20;

/** Begins a file beside its final name, hidden by a dot, readable by this user alone. */
export async function beginFile(
  file: string,
  { signal, expectedBytes = 0 }: BeginOptions,
): Promise<PendingObject> {
  signal.throwIfAborted();
  const directory = path.dirname(file);
  const part = path.join(directory, partName(path.basename(file)));
  const handle = await makeDirectory(directory)
    .then(() => open(part, "wx", 0o600))
    .catch((error: unknown) => {
      throw localError(`Creating ${part}`, error);
    });
  // A run that is killed would leave it, and nobody looks at hidden files before the disk is full.
  const callOff = expectedBytes < WORTH_A_GUARD ? () => undefined : whenKilled({ directories: [part] });
  const what = `Writing ${file}`;
  let unflushed = 0;
  let flushing: Promise<void> = Promise.resolve();
  const flush = (): void => {
    unflushed = 0;
    // Its error is the next write's too, and the last fsync's.
    flushing = flushing.then(() => handle.datasync()).catch(() => undefined);
  };
  const sink = openSink({
    highWaterMark: WAITING,
    signal,
    write: async (chunks) => {
      await writeAll(handle, chunks).catch((error: unknown) => {
        throw localError(what, error);
      });
      unflushed += chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      if (unflushed >= FLUSH_EVERY) flush();
    },
    end: () => Promise.resolve(),
  });
  let open_ = true;
  let renamed = false;
  const close = async (): Promise<void> => {
    if (!open_) return;
    open_ = false;
    await flushing;
    await handle.close();
  };
  return {
    sink,
    publish: async () => {
      if (!sink.writableFinished) throw new Error("an object is published before all of it was written");
      signal.throwIfAborted();
      try {
        await flushing;
        await handle.sync();
        await close();
        signal.throwIfAborted();
        await rename(part, file);
        renamed = true;
        callOff();
        await syncDirectory(directory);
      } catch (error) {
        signal.throwIfAborted();
        throw localError(what, error);
      }
    },
    abandon: async () => {
      sink.destroy();
      await closed(sink);
      await close().catch(() => undefined);
      const left = renamed ? file : part;
      try {
        await rm(left, { force: true });
        callOff();
        return undefined;
      } catch (error) {
        return `${left} (remove it: ${localError("that", error).message})`;
      }
    },
  };
}

/** write(2) may take less than it is given. */
async function writeAll(handle: FileHandle, chunks: readonly Buffer[]): Promise<void> {
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await handle.writev(chunks);
  if (bytesWritten === size) return;
  let rest = Buffer.concat(chunks).subarray(bytesWritten);
  while (rest.length > 0) {
    const { bytesWritten: more } = await handle.write(rest);
    rest = rest.subarray(more);
  }
}

/** Makes a directory and those above it that are missing, for this user alone, and lasting. */
async function makeDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = directory; made !== path.dirname(first); made = path.dirname(made)) {
    await syncDirectory(path.dirname(made));
  }
}

/** Makes the names in a directory last, where its file system can (fsync(2)). */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync().catch((error: unknown) => {
      // Network file systems have no such thing.
      if (!["EINVAL", "ENOTSUP", "ENOSYS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    });
  } finally {
    await handle.close();
  }
}
