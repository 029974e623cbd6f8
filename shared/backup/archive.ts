import type { FileHandle } from "node:fs/promises";
import type { Readable, Stream } from "node:stream";
import {
  CannotWrite,
  type Decompressor,
  unpackByZstd,
  unpackHere,
  type ZstdProgram,
} from "./decompression.ts";
import { killOnFailure, pump, type Reader, ReaderStopped } from "./feeding.ts";
import { release } from "./release.ts";
import { type ArchiveOptions, damaged, plainBytes } from "./stored-bytes.ts";

/**
 * The pg_dump archive of a backup: read, hashed, decrypted and decompressed on the way. It throws, and never just ends,
 * when the stored object is not byte for byte the one of the manifest, or does not decrypt or decompress. Data that came
 * before the error is not to be believed. A chunk is the reader's until it asks for the next one; then it is empty.
 * Throws a UserError for what shows at once (a wrong identity).
 */
export async function openArchive(options: ArchiveOptions): Promise<AsyncGenerator<Uint8Array>> {
  return unpacked(await plainBytes(options), options);
}

/**
 * As {@link openArchive}, into a program that `start` starts on the stream it is given as `stdio[0]`: the decompressor's
 * own output where that is a program, so that the bytes stay out of this process; else "pipe". Resolves when all was
 * read and proven to be what the manifest says. The program's exit is the caller's to judge, and first: when it stops
 * reading early, the rejection is only a {@link ReaderStopped}.
 */
export async function feedArchive(
  options: ArchiveOptions,
  start: (stdin: "pipe" | Stream) => Reader | Promise<Reader>,
): Promise<void> {
  const bytes = await plainBytes(options);
  const zstd = zstdFor(options);
  if (zstd === undefined) {
    const child = await start("pipe");
    return killOnFailure(child, () => pump(unpacked(bytes, options), child.stdin));
  }
  const program = withOutput(unpackByZstd(zstd, options.signal));
  const child = await start(program.output);
  // Our copy of the descriptor: while it is open, the end of the reader would not be noticed.
  program.output.destroy();
  return killOnFailure(child, () => unpackInto(program, bytes, options));
}

/**
 * As {@link openArchive}, into an empty file, where zstd writes for itself if it is a program. Rejects with a
 * {@link CannotWrite} when the file, and not the backup, is at fault.
 */
export async function saveArchive(options: ArchiveOptions, file: FileHandle): Promise<number> {
  const bytes = await plainBytes(options);
  const zstd = zstdFor(options);
  if (zstd !== undefined) {
    await unpackInto(unpackByZstd(zstd, options.signal, file.fd), bytes, options);
    const { size } = await file.stat();
    checkLength(size, options);
    return size;
  }
  const counted = { bytes: 0 };
  let failed: { readonly error: unknown } | undefined;
  const noted = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* unpacked(bytes, options, counted);
    } catch (error) {
      failed = { error };
      throw error;
    }
  };
  await file.writeFile(noted()).catch((error: unknown) => {
    if (failed !== undefined) throw failed.error;
    throw new CannotWrite(error instanceof Error ? error.message : String(error), { cause: error });
  });
  return counted.bytes;
}

function zstdFor({ object, zstd }: ArchiveOptions): string | undefined {
  return object.compression === "zstd" ? zstd : undefined;
}

/** Decompresses, and counts what comes out. What it has yielded is taken back when the next is asked for. */
function unpacked(
  bytes: AsyncIterable<Uint8Array>,
  options: ArchiveOptions,
  counted = { bytes: 0 },
): AsyncGenerator<Uint8Array> {
  const { store, object, signal } = options;
  const { compression } = object;
  const zstd = zstdFor(options);
  const stage = (): Decompressor => {
    if (zstd !== undefined) return withOutput(unpackByZstd(zstd, signal));
    if (compression === "none") throw new Error("nothing to decompress");
    return unpackHere(compression);
  };
  const decoded = compression === "none" ? bytes : decompressed(bytes, stage(), store.locate(object.key));
  return ofLength(decoded, options, counted);
}

function withOutput<T extends ZstdProgram>(program: T): T & { readonly output: Readable } {
  const { output } = program;
  if (output === undefined) throw new Error("zstd without an output");
  return { ...program, output };
}

/** Feeds a zstd program, and waits for its end. */
async function unpackInto(
  program: ZstdProgram,
  bytes: AsyncIterable<Uint8Array>,
  { store, object }: ArchiveOptions,
): Promise<void> {
  let stopped: ReaderStopped | undefined;
  try {
    await pump(bytes, program.input);
  } catch (error) {
    if (!(error instanceof ReaderStopped)) {
      program.kill();
      throw error;
    }
    stopped = error;
  }
  // Why it stopped reading it says itself.
  await program.ended.catch((error: unknown) => {
    throw error instanceof CannotWrite ? error : unpackError(error, store.locate(object.key));
  });
  if (stopped !== undefined) throw stopped;
}

async function* decompressed(
  source: AsyncIterable<Uint8Array>,
  stage: Decompressor,
  location: string,
): AsyncGenerator<Uint8Array> {
  // Settled, so that a rejection that comes while the output is still read is not an unhandled one.
  const fed = pump(source, stage.input).then(
    () => undefined,
    (error: unknown) => {
      stage.kill();
      return { error };
    },
  );
  let failed: { readonly error: unknown } | undefined;
  let read = false;
  try {
    for await (const chunk of stage.output as AsyncIterable<Uint8Array>) {
      yield chunk;
      release(chunk);
    }
    read = true;
  } catch (error) {
    failed = { error };
  } finally {
    // Whoever reads this has stopped, or it has failed: the program would wait for ever.
    if (!read) stage.kill();
  }
  const input = await fed;
  // What is wrong with the stored bytes is the cause of what the decompressor makes of them.
  if (input !== undefined && !(input.error instanceof ReaderStopped)) throw input.error;
  if (failed !== undefined) throw unpackError(failed.error, location);
  await stage.ended.catch((error: unknown) => {
    throw unpackError(error, location);
  });
  if (input !== undefined) throw input.error;
}

/** The error for bytes that do not decompress; one that was ended from outside is no fault of theirs. */
function unpackError(error: unknown, location: string): unknown {
  if (!(error instanceof Error) || /signal SIG/.test(error.message)) return error;
  return damaged(location, `it does not unpack (${error.message.replace(/\.$/, "")})`);
}

async function* ofLength(
  source: AsyncIterable<Uint8Array>,
  options: ArchiveOptions,
  counted: { bytes: number },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of source) {
      counted.bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (!isCorruption(error)) throw error;
    throw damaged(options.store.locate(options.object.key), `it does not decompress (${error.message})`);
  }
  checkLength(counted.bytes, options);
}

/** What node:zlib says of bytes that were changed. */
function isCorruption(error: unknown): error is Error {
  return (
    error instanceof Error &&
    "code" in error &&
    /^(?:Z_(?:DATA|BUF|NEED_DICT)|ZSTD_error)/.test(String(error.code))
  );
}

function checkLength(bytes: number, { store, object: { key, archiveBytes } }: ArchiveOptions): void {
  if (archiveBytes === null || bytes === archiveBytes) return;
  throw damaged(store.locate(key), `it unpacks to ${bytes} bytes instead of ${archiveBytes}`);
}
