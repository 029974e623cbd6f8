import { createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { listenOnFreePort } from "../support/ports.ts";

/** A server that speaks no protocol: it counts what comes in, and a test says when it hangs up. */
export type Wire = {
  readonly port: number;
  /** What each connection has brought, in order. */
  readonly received: readonly { readonly bytes: Buffer }[];
};

/** Starts one. `onData` is called with a connection whenever it has brought more, and once when it is there. */
export async function startWire(onData: (socket: Socket, bytes: Buffer) => void): Promise<Wire> {
  const received: { bytes: Buffer }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const one = { bytes: Buffer.alloc(0) };
    received.push(one);
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (data: Buffer) => {
      one.bytes = Buffer.concat([one.bytes, data]);
      onData(socket, one.bytes);
    });
    onData(socket, one.bytes);
  });
  const port = await listenOnFreePort(server);
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port, received };
}
