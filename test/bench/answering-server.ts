import { createServer } from "node:http";

// A process of its own, so that its work is not counted with the client's. Answers after `?delay=` milliseconds with
// 70 bytes of JSON, and prints its port when it listens.
const body = JSON.stringify({ status: "healthy", version: "0123456789abcdef", checks: { db: "ok" } });
const server = createServer((request, response) => {
  const delay = Number(new URL(request.url ?? "/", "http://localhost").searchParams.get("delay"));
  setTimeout(() => response.setHeader("content-type", "application/json").end(body), delay);
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2]), "127.0.0.1", () => process.stdout.write("listening\n"));
