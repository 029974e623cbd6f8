import { finished, type Readable } from "node:stream";
import zlib from "node:zlib";
import { successOf } from "./compression.ts";
import type { Compression } from "./manifest.ts";
import { startProgram } from "./program.ts";

// Large, so that few buffers of what can be a terabyte are made: they cost more than the decompressing itself.
const UNPACKED_CHUNK = 1024 * 1024;

/** What decompresses: bytes go into `input`, and come out of `output`. */
export type Decompressor = {
  readonly input: NodeJS.WritableStream;
  readonly output: Readable;
  readonly ended: Promise<void>;
  readonly kill: () => void;
};

/** The zstd program, which decompresses into a pipe, or into the file descriptor that is given. */
export type ZstdProgram = Omit<Decompressor, "output"> & {
  /** Undefined where it goes into a file. */
  readonly output: Readable | undefined;
};

/** Starts it. `ended` rejects with a {@link CannotWrite} when it was kept from writing. */
export function unpackByZstd(zstd: string, signal: AbortSignal, into?: number): ZstdProgram {
  const program = startProgram(zstd, ["-d", "-c", "-q"], {
    ...{ env: {}, stdin: "pipe", signal },
    ...(into === undefined ? {} : { stdout: into }),
  });
  if (program.stdin === undefined) throw new Error("zstd without an input");
  const ended = successOf(program).catch((error: unknown) => {
    const why = WRITE_ERROR.exec(program.stderr())?.[1];
    const unread = /signal SIGPIPE/.test(String(error));
    throw why === undefined && !unread ? error : new CannotWrite(why ?? "nobody reads it");
  });
  ended.catch(() => undefined);
  return { input: program.stdin, output: program.stdout, ended, kill: program.kill };
}

// "zstd: error 70 : Write error : cannot write block : No space left on device" (zstd's fileio.c).
const WRITE_ERROR = /Write error\b(?:[^\n]*: )?([^:\n]*?)\s*$/m;

/** It could not write what it unpacked, for the reason that is the message: its reader is gone, or the disk is full. */
export class CannotWrite extends Error {
  override readonly name = "CannotWrite";
}

/**
 * Decompresses in this process. Node's own zstd takes a frame that was cut off for a whole one before 24.21
 * (nodejs/node#64592): its end proves nothing by itself.
 */
export function unpackHere(compression: Exclude<Compression, "none">): Decompressor {
  const transform =
    compression === "gzip"
      ? zlib.createGunzip({ chunkSize: UNPACKED_CHUNK })
      : zlib.createZstdDecompress({ chunkSize: UNPACKED_CHUNK });
  const ended = new Promise<void>((resolve, reject) => {
    finished(transform, (error) => (error ? reject(error) : resolve()));
  });
  ended.catch(() => undefined);
  return {
    ...{ input: transform, output: transform, ended },
    kill: () => void transform.destroy(new Error("stopped")),
  };
}
