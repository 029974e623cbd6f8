import type { Readable, Writable } from "node:stream";

/** Destroys the stream with the signal's reason, which Node's own `signal` option would hide behind an AbortError. */
export function destroyOnAbort(stream: Readable | Writable, signal: AbortSignal): void {
  const destroy = (): void => {
    stream.destroy(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
  };
  if (signal.aborted) {
    destroy();
    return;
  }
  signal.addEventListener("abort", destroy, { once: true });
  stream.once("close", () => signal.removeEventListener("abort", destroy));
}
