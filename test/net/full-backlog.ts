import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { freePort } from "../support/ports.ts";
import { start } from "../support/started.ts";

export type FullBacklog = {
  /** On 127.0.0.1. */
  readonly port: number;
  stop(): Promise<void>;
};

// Listens and then never returns to its event loop, so that nothing is ever accepted.
const DEAF = `
  const { createServer } = require("node:net");
  const { writeSync } = require("node:fs");
  createServer().listen({ port: Number(process.argv[1]), host: "127.0.0.1", backlog: 1 }, () => {
    writeSync(1, "listening");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

/** A port whose queue of connections is full: the kernel drops further attempts without a word, as firewalls do. */
export async function startFullBacklog(): Promise<FullBacklog> {
  const port = await freePort();
  const server = await start({
    command: process.execPath,
    args: ["-e", DEAF, String(port)],
    ready: /listening/,
    stopSignal: "SIGKILL",
  });
  // listen(2) on Linux: a backlog of 1 holds two connections.
  const waiting: Socket[] = [];
  for (let count = 0; count < 2; count++) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    waiting.push(socket);
  }
  return {
    port,
    stop: async () => {
      for (const socket of waiting) socket.destroy();
      await server.stop();
    },
  };
}
