import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

// A web application of one release: `node web-app.ts <port> <release>`. What is asked for with `until=<file>` goes on
// until that file is there: a slow answer, a stream, a WebSocket. SIGTERM ends it when all of them are done.

const [, , port, release] = process.argv;
const LOOK_EVERY_MS = 20;
const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, 1.3

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  response.setHeader("content-type", "text/plain");
  const until = searchParams.get("until");
  if (until === null) {
    response.end(`release=${release};\n`);
    return;
  }
  writeFileSync(`${until}.${pathname.slice(1)}`, "");
  if (pathname === "/stream") stream(response, until);
  else whenThere(until, () => response.end(`release=${release};\n`));
});

server.on("upgrade", (request, socket: Duplex) => {
  const until = new URL(request.url ?? "/", "http://localhost").searchParams.get("until") ?? "/";
  writeFileSync(`${until}.socket`, "");
  const key = request.headers["sec-websocket-key"] ?? "";
  const accept = createHash("sha1").update(`${key}${WEBSOCKET_GUID}`).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on("error", () => undefined);
  socket.write(frame("first"));
  whenThere(until, () => socket.end(frame(`last of ${release}`)));
});

server.keepAliveTimeout = 60_000;
server.listen({ port: Number(port), host: "127.0.0.1", backlog: 1024 });
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});

function stream(response: ServerResponse, until: string): void {
  response.write("first\n");
  const timer = setInterval(() => response.write("more\n"), LOOK_EVERY_MS);
  whenThere(until, () => {
    clearInterval(timer);
    response.end(`last of ${release}\n`);
  });
}

function whenThere(file: string, done: () => void): void {
  const timer = setInterval(() => {
    if (!existsSync(file)) return;
    clearInterval(timer);
    done();
  }, LOOK_EVERY_MS);
}

/** A short text frame of a server, which is not masked. */
function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]);
}
