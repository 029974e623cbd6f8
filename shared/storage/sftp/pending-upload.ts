import path from "node:path/posix";
import { UserError } from "../../runtime/user-error.ts";
import type { Sftp } from "../../ssh/sftp.ts";
import { partName } from "../part-name.ts";
import { closed, openSink } from "../sink.ts";
import type { BeginOptions, PendingObject } from "../store.ts";
import { freeBytes, makeDirectory, statOf } from "./directory.ts";
import { isAnswer, isMissing, isUnsupported, sftpFailure } from "./failure.ts";

// Every server takes writes of this size (draft-ietf-secsh-filexfer-02, section 3: packets of 34,000 bytes).
const WRITE = 32_000;
// As much is under way as a long line needs to be full: 2 MB.
const WRITES_AT_ONCE = 64;

/** Begins a file beside its final name, hidden by a dot. `again` gives a session for cleaning up when this one is lost. */
export async function beginUpload(
  sftp: Sftp,
  file: string,
  { signal }: BeginOptions,
  again: () => Promise<Sftp>,
): Promise<PendingObject> {
  signal.throwIfAborted();
  const directory = path.dirname(file);
  const part = path.join(directory, partName(path.basename(file)));
  const what = `Writing ${file} on the SSH host`;
  await makeDirectory(sftp, directory);
  const handle = await sftp
    .request<Buffer>((wrapper, done) => wrapper.open(part, "wx", { mode: 0o600 }, done))
    .catch((error: unknown) => {
      throw sftpFailure(what, error);
    });
  const explained = async (error: unknown): Promise<Error> =>
    sftpFailure(what, error, await freeBytes(sftp, directory));

  const underWay = new Set<Promise<void>>();
  let failure: unknown;
  let position = 0;
  const send = async (chunk: Buffer): Promise<void> => {
    while (underWay.size >= WRITES_AT_ONCE) await Promise.race(underWay);
    if (failure !== undefined) throw await explained(failure);
    const at = position;
    position += chunk.length;
    const writing = sftp
      .request<void>((wrapper, done) =>
        wrapper.write(handle, chunk, 0, chunk.length, at, (error) => done(error)),
      )
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => underWay.delete(writing));
    underWay.add(writing);
  };
  const sink = openSink({
    highWaterMark: 1 << 20,
    signal,
    write: async (chunks) => {
      for (const chunk of chunks) {
        for (let at = 0; at < chunk.length; at += WRITE) await send(chunk.subarray(at, at + WRITE));
      }
    },
    end: async () => {
      await Promise.all(underWay);
      if (failure !== undefined) throw await explained(failure);
    },
  });

  let open = true;
  // Renamed, perhaps, without our hearing of it: the connection was lost with the answer.
  let strayFile = false;
  const close = async (): Promise<void> => {
    if (!open) return;
    open = false;
    await sftp.request<void>((wrapper, done) => wrapper.close(handle, (error) => done(error)));
  };
  return {
    sink,
    publish: async () => {
      if (!sink.writableFinished) throw new Error("an object is published before all of it was written");
      signal.throwIfAborted();
      try {
        await sync(sftp, handle);
        await close();
        const stored = (await statOf(sftp, part))?.size;
        if (stored !== position) {
          throw new UserError(`${what} failed: the server has ${stored} bytes of ${position}.`, {
            hint: "Look at the disk of the SSH host.",
          });
        }
        signal.throwIfAborted();
        await rename(sftp, part, file).catch((error: unknown) => {
          strayFile = !isAnswer(error);
          throw error;
        });
      } catch (error) {
        signal.throwIfAborted();
        throw await explained(error);
      }
    },
    abandon: async () => {
      sink.destroy();
      await closed(sink);
      await Promise.all(underWay);
      await close().catch(() => undefined);
      const left: string[] = [];
      for (const each of strayFile ? [part, file] : [part]) {
        await remove(sftp, each)
          .catch(async () => remove(await again(), each))
          .catch(() => left.push(`${each} on the SSH host (rm ${each})`));
      }
      return left.length === 0 ? undefined : left.join("; ");
    },
  };
}

async function remove(sftp: Sftp, file: string): Promise<void> {
  try {
    await sftp.request<void>((wrapper, done) => wrapper.unlink(file, (error) => done(error)));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Gets the bytes onto the disk, where the server can; SFTP cannot do the same for the name. */
async function sync(sftp: Sftp, handle: Buffer): Promise<void> {
  try {
    await sftp.request<void>((wrapper, done) => wrapper.ext_openssh_fsync(handle, (error) => done(error)));
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

/** Renames as POSIX does, in one step over what may be there; SFTP's own way refuses when something is: then in two. */
async function rename(sftp: Sftp, from: string, to: string): Promise<void> {
  try {
    await sftp.request<void>((wrapper, done) => wrapper.ext_openssh_rename(from, to, (error) => done(error)));
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    const renamed = () =>
      sftp.request<void>((wrapper, done) => wrapper.rename(from, to, (failed) => done(failed)));
    await renamed().catch(async (failed: unknown) => {
      if (!isAnswer(failed) || (await statOf(sftp, to))?.isFile() !== true) throw failed;
      await remove(sftp, to);
      await renamed();
    });
  }
}
