import type { Writable } from "node:stream";
import { CannotWrite } from "./decompression.ts";

/** A program that an archive is fed to; a child process is one, and so is a `RunningProgram`. */
export type Reader = { readonly stdin?: Writable | null | undefined; kill(): unknown };

/** The program that an archive was fed to did not want all of it. */
export class ReaderStopped extends Error {
  override readonly name = "ReaderStopped";
}

/** Does the work that feeds a program, which is killed when that fails, unless it has itself stopped reading. */
export async function killOnFailure<T>(child: Reader, work: () => Promise<T>): Promise<T> {
  child.stdin?.on("error", () => undefined); // Its exit tells why it stopped reading.
  try {
    return await work();
  } catch (error) {
    if (error instanceof CannotWrite) throw new ReaderStopped("the reader stopped", { cause: error });
    // Its input ends here too early: it must not take that for the whole.
    if (!(error instanceof ReaderStopped)) child.kill();
    throw error;
  }
}

/**
 * Writes all of it into a program, at its pace, and ends its input; the next chunk is asked for when one is written.
 * Rejects with a {@link ReaderStopped}, or as the source does.
 */
export async function pump(
  source: AsyncIterable<Uint8Array>,
  sink: NodeJS.WritableStream | null | undefined,
): Promise<void> {
  if (sink === null || sink === undefined) throw new Error("the program has no stdin");
  const write = writerInto(sink);
  for await (const chunk of source) {
    if (!(await write(chunk))) throw new ReaderStopped("the reader stopped");
  }
  sink.end();
}

/**
 * Writes a chunk, and tells once it is out of the process's hands whether it was taken; never rejects. With `ended`, the
 * end of the program too says that nothing more is taken.
 */
export function writerInto(
  sink: NodeJS.WritableStream,
  ended?: Promise<unknown>,
): (chunk: Uint8Array) => Promise<boolean> {
  let gone = false;
  let settle: ((taken: boolean) => void) | undefined;
  const stop = (): void => {
    gone = true;
    settle?.(false);
  };
  // It stays: an error may come when nobody writes any more.
  sink.once("close", stop).on("error", stop);
  // Once, and not in a race for each chunk: each would stay in memory until the program ends.
  ended?.then(stop, stop);
  return (chunk) =>
    new Promise((resolve) => {
      if (gone) return resolve(false);
      settle = resolve;
      sink.write(chunk, (error) => resolve(error === null || error === undefined));
    });
}
