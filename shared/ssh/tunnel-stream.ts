import { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";

/**
 * A forwarded connection that behaves like a `net.Socket`. An ssh2 channel by itself does not: it stays half open
 * when the far end is gone, ends without an error when the SSH connection breaks, ignores `destroy`, and never
 * calls back for what is written after it was closed.
 */
export class TunnelStream extends Duplex {
  readonly #channel: ClientChannel;
  #closed = false;

  constructor(channel: ClientChannel) {
    super({ allowHalfOpen: false });
    this.#channel = channel;
    channel.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.on("end", () => this.push(null));
    channel.on("error", (error: Error) => this.destroy(error));
    channel.on("close", () => {
      this.#closed = true;
      // What has arrived can still be read.
      if (this.readableEnded) this.destroy();
      else this.once("end", () => this.destroy());
    });
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#closed)
      callback(Object.assign(new Error("write after the tunnel was closed"), { code: "EPIPE" }));
    else this.#channel.write(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#channel.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#channel.close();
    this.#channel.resume();
    callback(error);
  }
}
