import { Writable } from "node:stream";
import { destroyOnAbort } from "./destroy-on-abort.ts";

export type SinkWork = {
  /** Stores the bytes that follow what came before. Never called while a call is under way. */
  readonly write: (chunks: readonly Buffer[]) => Promise<void>;
  /** All bytes have come. */
  readonly end: () => Promise<void>;
  /** Bytes that may wait for a write under way. */
  readonly highWaterMark: number;
  /** Destroys the sink with its reason. */
  readonly signal: AbortSignal;
};

/** A stream into asynchronous writes, which gets together what has come in the meantime. */
export function openSink({ write, end, highWaterMark, signal }: SinkWork): Writable {
  const settle = (work: Promise<void>, done: (error?: Error | null) => void): void => {
    work.then(() => done(), done);
  };
  const sink = new Writable({
    highWaterMark,
    decodeStrings: true,
    write: (chunk: Buffer, _encoding, done) => settle(write([chunk]), done),
    writev: (items, done) => settle(write(items.map(({ chunk }) => chunk as Buffer)), done),
    final: (done) => settle(end(), done),
  });
  destroyOnAbort(sink, signal);
  return sink;
}

/** Resolves when the stream has closed, after an error too: nothing is being written to it any more. */
export function closed(sink: Writable): Promise<void> {
  if (sink.closed) return Promise.resolve();
  return new Promise((resolve) => sink.once("close", () => resolve()));
}
