import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

// Below 32768 lie no ports that Linux hands out for outgoing connections (net.ipv4.ip_local_port_range), so
// a port found free here is not taken by somebody's client a moment later.
const FIRST = 10_240;
const LAST = 32_767;
const SLICES = 8;
const ATTEMPTS = 200;

const handedOut = new Set<number>();

/**
 * A TCP port on 127.0.0.1 that nobody listens on. The workers of one vitest run draw from separate slices
 * of the range, and a process never gets the same port twice, so that it stays free until it is used.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = draw();
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    const probe = createServer();
    if (!(await listens(probe, port))) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
  throw new Error(`no free port between ${FIRST} and ${LAST} in ${ATTEMPTS} attempts`);
}

/** Makes a server of this process listen on a free port of 127.0.0.1, and returns that port. */
export async function listenOnFreePort(server: Server): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = draw();
    if (await listens(server, port)) return port;
  }
  throw new Error(`no free port between ${FIRST} and ${LAST} in ${ATTEMPTS} attempts`);
}

function draw(): number {
  const width = Math.floor((LAST + 1 - FIRST) / SLICES);
  const slice = Number(process.env["VITEST_POOL_ID"] ?? 0) % SLICES;
  return FIRST + slice * width + randomInt(width);
}

/** Whether the port could be taken. Any trouble but a port in use is an error. */
function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(false) : reject(error);
    server.once("error", failed);
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      server.off("error", failed);
      resolve(true);
    });
  });
}
