import { connect } from "node:net";
import { type Duplex, duplexPair } from "node:stream";

export type Forward = {
  readonly open: (host: string, port: number) => Promise<Duplex>;
  /** What it was asked for, oldest first. */
  readonly asked: readonly string[];
  /** The streams it gave out. */
  readonly streams: readonly Duplex[];
};

/**
 * A tunnel that leads to one port of 127.0.0.1 whatever it is asked for. Its streams can do what every Duplex can and
 * nothing that only a socket can, as those of an SSH connection.
 */
export function forwardTo(port: number): Forward {
  const asked: string[] = [];
  const streams: Duplex[] = [];
  const open = (host: string, to: number): Promise<Duplex> => {
    asked.push(`${host}:${to}`);
    return new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", reject);
      socket.once("connect", () => {
        const [near, far] = duplexPair();
        socket.pipe(far).pipe(socket);
        socket.on("error", (error) => near.destroy(error));
        socket.on("close", () => far.destroy());
        near.on("close", () => socket.destroy());
        streams.push(near);
        resolve(near);
      });
    });
  };
  return { open, asked, streams };
}
