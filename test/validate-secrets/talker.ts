import { createServer, type Socket } from "node:net";
import { listenOnFreePort } from "../support/ports.ts";

/** What a server says that speaks none of the protocols it is asked in. */
export type Talk =
  | "silence"
  | "a page"
  /** Whatever it is sent comes back. */
  | "an echo"
  | "goodbye"
  /** As PostgreSQL does for a password in the clear, only that the refusal repeats it. */
  | "a database that repeats the password"
  /** This, to whatever it is sent. */
  | { readonly answer: string };

export type Talker = {
  readonly port: number;
  /** Everything that was sent to it. */
  received(): string;
  stop(): Promise<void>;
};

/** Starts a TCP server on 127.0.0.1 that talks like that. */
export async function startTalker(talk: Talk): Promise<Talker> {
  const sockets = new Set<Socket>();
  let received = "";
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    socket.on("data", (data) => {
      received += data.toString("latin1");
      if (typeof talk === "object") socket.write(talk.answer);
      if (talk === "an echo") socket.write(data);
      if (talk === "a database that repeats the password") answerAsDatabase(socket, data);
    });
    if (talk === "goodbye") socket.end();
    if (talk === "a page")
      socket.end("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<!doctype html><p>Hello</p>\r\n");
  });
  const port = await listenOnFreePort(server);
  return {
    port,
    received: () => received,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** PostgreSQL's protocol, "Message Formats": AuthenticationCleartextPassword, then an ErrorResponse. */
function answerAsDatabase(socket: Socket, data: Buffer): void {
  const isPassword = data[0] === "p".charCodeAt(0);
  const fields = `SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for ${data.subarray(5)}\0\0`;
  socket.write(isPassword ? message("E", Buffer.from(fields)) : message("R", Buffer.from([0, 0, 0, 3])));
  if (isPassword) socket.end();
}

function message(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length + 4);
  return Buffer.concat([Buffer.from(type), length, content]);
}
