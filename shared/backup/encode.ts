import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { type CompressorOptions, compress } from "./compression.ts";
import { encryptStream } from "./encryption.ts";
import type { FanOut } from "./fan-out.ts";
import type { RunningProgram } from "./program.ts";

export type EncodeOptions = CompressorOptions & {
  /** age recipients; nothing is encrypted without any. */
  readonly recipients: readonly string[];
  readonly into: FanOut;
  /** Told of the stored bytes so far. */
  readonly onBytes: (bytes: number) => void;
};

export type Encoded = { readonly bytes: number; readonly sha256: string };

/** Where a dump comes from: its bytes, and the promise that tells whether they were all. */
export type DumpSource = {
  readonly output: RunningProgram | Readable;
  /** Rejects when the dump is not whole: an end of its bytes is no proof. */
  readonly whole: Promise<void>;
  readonly kill: () => void;
};

/**
 * Compresses, encrypts and hashes a dump into its outlets, in constant memory. The outlets are ended only after every
 * program has ended well. Rejects with what failed first; then nothing of it may be published.
 */
export async function encode(dump: DumpSource, options: EncodeOptions): Promise<Encoded> {
  const { into, recipients, onBytes, signal } = options;
  const compressor = compress(dump.output, options);
  // The first to fail is the cause; the others fail of it. A program that lost its reader is never the first.
  let cause: { readonly error: unknown } | undefined;
  const note = (error: unknown): never => {
    cause ??= { error };
    throw error;
  };
  const whole = Promise.all([
    dump.whole.catch((error: unknown) => (lostReader(error) ? Promise.reject(error) : note(error))),
    compressor.ended.catch((error: unknown) => (lostReader(error) ? Promise.reject(error) : note(error))),
  ]);
  whole.catch(() => undefined);
  // Not only when the next bytes come: a dump that waits for a lock or a large index may be silent for hours.
  into.whenNoneIsLeft((error) => {
    cause ??= { error };
    dump.kill();
    compressor.kill();
  });
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    const source: AsyncIterable<Uint8Array> = compressor.stream;
    const stored = recipients.length === 0 ? source : await encryptStream(source, recipients);
    for await (const chunk of stored) {
      hash.update(chunk);
      bytes += chunk.length;
      await into.write(chunk);
      onBytes(bytes);
    }
    await whole;
    signal.throwIfAborted();
    await into.finish();
    return { bytes, sha256: hash.digest("hex") };
  } catch (error) {
    signal.throwIfAborted();
    cause ??= lostReader(error) ? undefined : { error };
    dump.kill();
    compressor.kill();
    await Promise.allSettled([dump.whole, compressor.ended]);
    throw cause === undefined ? error : cause.error;
  }
}

/** Thrown by the source of a dump whose program failed only because nobody took its output any more. */
export class LostReader extends Error {
  override readonly name = "LostReader";
}

function lostReader(error: unknown): boolean {
  return error instanceof LostReader;
}
