import { once } from "node:events";
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

/** Writes all of it into a program, at its pace, and ends its input. Rejects with a {@link ReaderStopped}, or as the source does. */
export async function pump(
  source: AsyncIterable<Uint8Array>,
  sink: NodeJS.WritableStream | null | undefined,
): Promise<void> {
  if (sink === null || sink === undefined) throw new Error("the program has no stdin");
  const gone = new AbortController();
  const stop = (): void => gone.abort();
  sink.once("close", stop).once("error", stop);
  try {
    for await (const chunk of source) {
      if (gone.signal.aborted) throw new ReaderStopped("the reader stopped");
      if (!sink.write(chunk)) {
        await once(sink, "drain", { signal: gone.signal }).catch(() => {
          throw new ReaderStopped("the reader stopped");
        });
      }
    }
    sink.end();
  } finally {
    sink.off("close", stop).off("error", stop);
    sink.on("error", () => undefined);
  }
}
