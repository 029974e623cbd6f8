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
export function successOf(program: RunningProgram): Promise<void> {
  const ended = program.ended.then((end) => {
    if (end.code === 0) return;
    const said = remoteLine(program.stderr());
    throw new UserError(`${program.name} ended with ${endText(end)}${said === "" ? "" : `: ${said}`}.`, {
      hint: end.signal === null ? DAMAGED : "Something ended it: the memory of the machine may be full.",
    });
  });
  ended.catch(() => undefined);
  return ended;
}

const DAMAGED = "If it was reading a backup, that is damaged; else see the disk and memory of the runner.";
