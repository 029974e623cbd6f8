import { accessSync, constants } from "node:fs";
import path from "node:path";
import { finished, type Readable, type Transform } from "node:stream";
import zlib from "node:zlib";
import { remoteLine } from "../runtime/remote-text.ts";
import { UserError } from "../runtime/user-error.ts";
import type { Compression } from "./manifest.ts";
import { endText, type RunningProgram, startProgram } from "./program.ts";

/** The zstd program on the PATH, if there is one. */
export function findZstd(env: Readonly<NodeJS.ProcessEnv>): string | undefined {
  for (const directory of (env["PATH"] ?? "").split(path.delimiter)) {
    if (!path.isAbsolute(directory)) continue;
    const file = path.join(directory, "zstd");
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not there.
    }
  }
  return undefined;
}

export type Compressor = {
  readonly stream: Readable;
  /** Rejects when what came out is not whole; only after it resolves may the end of the stream be believed. */
  readonly ended: Promise<void>;
  readonly kill: () => void;
};

export type CompressorOptions = {
  readonly compression: Compression;
  readonly level: number | undefined;
  readonly zstd: string | undefined;
  readonly signal: AbortSignal;
};

/** Levels that compress well at the speed at which pg_dump writes. */
const LEVEL: Readonly<Record<Compression, number>> = { zstd: 3, gzip: 6, none: 0 };

/**
 * Compresses what a program writes. The zstd program takes it by its file descriptor where it can, so that the
 * uncompressed bytes never come through this process.
 */
export function compress(source: RunningProgram | Readable, options: CompressorOptions): Compressor {
  const { compression, zstd, signal } = options;
  const level = options.level ?? LEVEL[compression];
  const output = "stdout" in source ? source.stdout : source;
  if (output === undefined) throw new Error("the program's output was given away");
  if (compression === "none") return { stream: output, ended: Promise.resolve(), kill: () => undefined };
  if (compression === "zstd" && zstd !== undefined) {
    const joined = "stdout" in source && source.joinable;
    const program = startProgram(zstd, ["-q", "-c", "-T1", "--check", `-${level}`], {
      env: {},
      stdin: joined ? output : "pipe",
      signal,
    });
    // Our copy of the descriptor: while it is open, a program that stopped reading would not be noticed.
    if (joined) output.destroy();
    else if (program.stdin !== undefined) {
      output.pipe(program.stdin);
      // pipe() passes an end on, but no error: half of a dump would look whole.
      finished(output, (error) => error && program.kill());
    }
    if (program.stdout === undefined) throw new Error("zstd without an output");
    return { stream: program.stdout, ended: successOf(program), kill: program.kill };
  }
  const transform: Transform =
    compression === "gzip"
      ? zlib.createGzip({ level, chunkSize: CHUNK })
      : zlib.createZstdCompress({
          chunkSize: CHUNK,
          params: {
            [zlib.constants.ZSTD_c_compressionLevel]: level,
            // Off by default in Node.js, on in the zstd program.
            [zlib.constants.ZSTD_c_checksumFlag]: 1,
          },
        });
  return through(output, transform);
}

const CHUNK = 128 * 1024;
// Large, so that few buffers of what can be a terabyte are made: they cost more than the decompressing itself.
const UNPACKED_CHUNK = 1024 * 1024;

function through(source: Readable, transform: Transform): Compressor {
  const ended = new Promise<void>((resolve, reject) => {
    finished(transform, (error) => (error ? reject(error) : resolve()));
  });
  ended.catch(() => undefined);
  finished(source, (error) => {
    // pipe() passes an end on, but no error: half of a dump would look whole.
    if (error) transform.destroy(error);
  });
  source.pipe(transform);
  return { stream: transform, ended, kill: () => void transform.destroy() };
}

/** Resolves when the program has ended well; rejects with a UserError otherwise. */
function successOf(program: RunningProgram): Promise<void> {
  const ended = program.ended.then((end) => {
    if (end.code === 0) return;
    const said = remoteLine(
      program.stderr().replace(/^(?:\*\*\* Zstandard CLI|Using stdout|Sparse File).*\n/gm, ""),
    );
    throw new UserError(`${program.name} ended with ${endText(end)}${said === "" ? "" : `: ${said}`}.`, {
      hint: end.signal === null ? DAMAGED : "Something ended it: the memory of the machine may be full.",
    });
  });
  ended.catch(() => undefined);
  return ended;
}

const DAMAGED = "If it was reading a backup, that is damaged; else see the disk and memory of the runner.";

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
  /** Once it has ended: how many bytes it unpacked. */
  readonly bytes: () => number;
};

/** Starts it. `ended` rejects with a {@link CannotWrite} when it was kept from writing. */
export function unpackByZstd(zstd: string, signal: AbortSignal, into?: number): ZstdProgram {
  // Verbose, it says at its end how much that was.
  const program = startProgram(zstd, ["-d", "-c", "-v", "--no-progress"], {
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
  return {
    ...{ input: program.stdin, output: program.stdout, ended, kill: program.kill },
    bytes: () => {
      const bytes = /: (\d+) bytes\s*$/.exec(program.stderr())?.[1];
      if (bytes === undefined) throw new Error("zstd did not say how much it unpacked");
      return Number(bytes);
    },
  };
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
