import { Writable } from "node:stream";
import { destroyOnAbort } from "./destroy-on-abort.ts";

export type SinkWork = {
  /** Stores the bytes that follow what came before. Never called while a call is under way. */
  readonly write: (chunks: readonly Buffer[]) => Promise<void>;
  /** All bytes have come. */
  readonly end: () => Promise<void>;
  /** Makes a call under way end soon: the sink was destroyed. */
  readonly interrupt?: () => void;
  /** Bytes that may wait for a write under way. */
  readonly highWaterMark: number;
  /** Destroys the sink with its reason. */
  readonly signal: AbortSignal;
};

/**
 * A stream into asynchronous writes, which gets together what has come in the meantime. It closes only when no call is
 * under way any more.
 */
export function openSink({ write, end, interrupt, highWaterMark, signal }: SinkWork): Writable {
  let underWay: Promise<unknown> = Promise.resolve();
  const settle = (work: Promise<void>, done: (error?: Error | null) => void): void => {
    underWay = work.catch(() => undefined);
    work.then(() => done(), done);
  };
  const sink = new Writable({
    highWaterMark,
    decodeStrings: true,
    write: (chunk: Buffer, _encoding, done) => settle(write([chunk]), done),
    writev: (items, done) => settle(write(items.map(({ chunk }) => chunk as Buffer)), done),
    destroy: (error, done) => {
      interrupt?.();
      underWay.then(() => done(error));
    },
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
