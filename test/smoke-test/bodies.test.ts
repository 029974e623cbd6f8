import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { listenOnFreePort } from "../support/ports.ts";
import { type Config, smoke, verdicts } from "./smoke.ts";

let server: HttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(() => server.stop());

const verdict = async (origin: string, changes: Config = {}) =>
  verdicts(await smoke({ checks: [{ name: "it", get: `${origin}/`, timeout: "10s", ...changes }] }))["it"];

describe("a body", () => {
  it.each([
    ["gzip", gzipSync("healthy")],
    ["x-gzip", gzipSync("healthy")],
    ["deflate", deflateSync("healthy")],
    ["br", brotliCompressSync("healthy")],
    ["zstd", zstdCompressSync("healthy")],
  ])("compressed with %s, though nobody asked for it, is read", async (encoding, body) => {
    server.answer(() => ({ headers: { "content-encoding": encoding }, body }));
    expect(await verdict(server.origin, { expect: { contains: "healthy", bytes: 7 } })).toBe("passed");
  });

  it.each([
    ["gzip", "no gzip at all", 'says content-encoding "gzip" and is not that'],
    ["rot13", "urnygul", 'the unknown content-encoding "rot13"'],
  ])("that says it is %s and cannot be read fails", async (encoding, body, why) => {
    server.answer(() => ({ headers: { "content-encoding": encoding }, body }));
    expect(await verdict(server.origin)).toContain(why);
  });

  it.each([
    ["plain", {}, Buffer.alloc(11 * 1024 * 1024)],
    ["a decompression bomb", { "content-encoding": "gzip" }, gzipSync(Buffer.alloc(64 * 1024 * 1024))],
  ])("beyond 10 MiB is not read to its end: %s", async (_name, headers, body) => {
    server.answer(() => ({ headers, body }));
    expect(await verdict(server.origin)).toBe("failed: the answer is larger than 10240 KiB");
  });

  it("that trickles in is given up after the timeout, however often a byte comes", async () => {
    server.answer((_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(drip));
      return undefined;
    });
    expect(await verdict(server.origin, { timeout: "200ms" })).toBe("failed: no answer within 200 ms");
  });
});

describe("a connection", () => {
  let proxy: FaultProxy;
  beforeEach(async () => {
    proxy = await startFaultProxy(server.port);
  });
  afterEach(() => proxy.stop());

  it.each([
    [{ kind: "reset" }, "the connection was reset"],
    [{ kind: "refuse" }, "connection refused"],
    [{ kind: "black hole" }, "no answer within 300 ms"],
    [{ kind: "cut", afterBytes: 200 }, "the connection was reset"],
    [{ kind: "cut", afterBytes: 10 }, "the connection was reset"],
  ] as const)("with the fault %j fails in words", async (fault, why) => {
    server.answer(() => ({ body: "x".repeat(10_000) }));
    await proxy.set(fault);
    expect(await verdict(`http://127.0.0.1:${proxy.port}`, { timeout: "300ms" })).toBe(`failed: ${why}`);
  });
});

describe("a server that does not speak HTTP", () => {
  let raw: Server;
  const sockets = new Set<Socket>();
  const answering = async (text: string) => {
    raw = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined).once("data", () => socket.end(text));
    });
    return listenOnFreePort(raw);
  };
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    raw.close();
    await once(raw, "close");
  });

  it("fails, and its words cannot be commands", async () => {
    const port = await answering("::error::SSH-2.0\r\n\r\n");
    expect(await verdict(`http://127.0.0.1:${port}`)).toMatch(/^failed: the connection failed \(HPE_/);
  });

  it("fails under https with what to do", async () => {
    const port = await answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    expect(await verdict(`https://127.0.0.1:${port}`)).toBe("failed: the server does not speak TLS there");
  });
});
