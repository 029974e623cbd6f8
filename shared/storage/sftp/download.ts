import { Readable } from "node:stream";
import type { Sftp } from "../../ssh/sftp.ts";
import { destroyOnAbort } from "../destroy-on-abort.ts";
import { cutShort } from "../exactly.ts";
import { NoSuchObject } from "../store.ts";
import { statOf } from "./directory.ts";
import { isMissing, sftpFailure } from "./failure.ts";

const READ = 32_000;
const READS_AT_ONCE = 64;

/** The bytes of a file, many reads at once and in order; `location` names it in errors. */
export async function download(
  sftp: Sftp,
  file: string,
  location: string,
  signal: AbortSignal,
): Promise<Readable> {
  signal.throwIfAborted();
  const found = await statOf(sftp, file);
  if (found === undefined) throw new NoSuchObject(location);
  const { size } = found;
  const handle = await sftp
    .request<Buffer>((wrapper, done) => wrapper.open(file, "r", done))
    .catch((error: unknown) => {
      throw isMissing(error) ? new NoSuchObject(location) : sftpFailure(`Reading ${location}`, error);
    });
  const stream = Readable.from(pieces(), { objectMode: false, highWaterMark: 1 << 20 });
  destroyOnAbort(stream, signal);
  return stream;

  async function* pieces(): AsyncGenerator<Buffer> {
    const reads: Promise<Buffer>[] = [];
    let asked = 0;
    try {
      for (let seen = 0; seen < size; ) {
        while (asked < size && reads.length < READS_AT_ONCE) {
          const reading = piece(asked, Math.min(READ, size - asked));
          reading.catch(() => undefined); // Some are not waited for after another has failed.
          reads.push(reading);
          asked += READ;
        }
        const next = await reads.shift();
        if (next === undefined) throw new Error("nothing was asked for");
        seen += next.length;
        yield next;
      }
    } catch (error) {
      throw sftpFailure(`Reading ${location}`, error);
    } finally {
      await Promise.allSettled(reads);
      sftp
        .request<void>((wrapper, done) => wrapper.close(handle, (error) => done(error)))
        .catch(() => undefined);
    }
  }

  /** All the bytes asked for: a server may give less at a time. */
  async function piece(from: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length; ) {
      const read = await sftp.request<number>((wrapper, done) =>
        wrapper.read(handle, buffer, filled, length - filled, from + filled, done),
      );
      if (read === 0) throw cutShort(location, from + filled, size);
      filled += read;
    }
    return buffer;
  }
}
