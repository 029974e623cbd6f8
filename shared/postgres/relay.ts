import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";

/** A door on this machine to a server that programs cannot reach by themselves. */
export type Relay = {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** Why connections could not be opened or were lost, the first one; the program itself only says that it was cut. */
  failure(): unknown;
  /** Closes the door and whatever goes through it. Safe to call twice. */
  close(): Promise<void>;
};

/**
 * Listens on a port of loopback and opens one stream (a tunnel) for every connection. An end is passed on as an end, a
 * failure as a reset, so that no program takes a lost connection for the end of the data. Closes when the signal
 * aborts. Anybody on this machine can use the door, and meets PostgreSQL's own login behind it.
 */
export async function openRelay(open: () => Promise<Duplex>, signal: AbortSignal): Promise<Relay> {
  signal.throwIfAborted();
  const sockets = new Set<Socket>();
  let failure: unknown;
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    const fail = (error: unknown): void => {
      failure ??= error;
      socket.resetAndDestroy();
    };
    open().then((stream) => {
      if (socket.destroyed) {
        stream.on("error", () => undefined).destroy();
        return;
      }
      // The program going away is no failure of the tunnel.
      pipeline(socket, stream, () => undefined);
      pipeline(stream, socket, () => undefined);
      stream.once("error", fail);
    }, fail);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0, exclusive: true }, resolve);
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
    return closed;
  };
  signal.addEventListener("abort", () => void close(), { once: true });
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    failure: () => failure,
    close,
  };
}
