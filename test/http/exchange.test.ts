import { EventEmitter, getEventListeners } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exchange, HttpBodyError, HttpTimeout } from "../../shared/http/exchange.ts";
import { startFullBacklog } from "../net/full-backlog.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { listenOnFreePort } from "../support/ports.ts";
import { agentsFor, errorOf, get, pooled, requestTo, shown } from "./request.ts";

let server: HttpServer;
beforeEach(async () => {
  server = await startHttpServer(() => ({ body: "hello" }));
});
afterEach(() => server.stop());

describe("a request", () => {
  it("sends method, path, headers and body as given, and gives back the answer as it came", async () => {
    server.answer(() => ({
      status: 418,
      headers: { "x-kind": "teapot", "set-cookie": ["a=1", "b=2"] },
      body: "no",
    }));
    const body = Buffer.from("a=ü&b");
    const headers = { "x-test": "1", "content-type": "text/plain", "content-length": String(body.length) };
    const answer = await get(`${server.origin}/path?q=%20x`, { method: "PUT", headers, body });
    expect(shown(answer)).toEqual([418, "no"]);
    expect(answer.headers).toMatchObject({ "x-kind": "teapot", "set-cookie": ["a=1", "b=2"] });
    expect(answer.url.href).toBe(`${server.origin}/path?q=%20x`);
    expect(server.requests[0]).toMatchObject({ method: "PUT", url: "/path?q=%20x", headers, body });
  });

  it.each([
    ["a redirect", 302, { location: "/elsewhere" }],
    ["an error of the server", 503, {}],
    ["an answer without content", 204, {}],
  ] as const)("takes %s for an answer", async (_what, status, headers) => {
    server.answer(() => ({ status, headers }));
    expect(shown(await get(server.origin))).toEqual([status, ""]);
    expect(server.requests.length).toBe(1);
  });

  it("waits for the final answer behind an interim one", async () => {
    server.answer((_request, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload" });
      return { body: "final" };
    });
    expect(shown(await get(server.origin))).toEqual([200, "final"]);
  });

  it("takes a switch to another protocol for an answer, and closes the connection", async () => {
    const closed = Promise.withResolvers<void>();
    const raw = await startRaw((socket) => {
      socket.on("close", closed.resolve);
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nframes",
      );
    });
    const headers = { connection: "Upgrade", upgrade: "websocket" };
    const agents = agentsFor();
    const answer = await exchange(agents, requestTo(raw.origin, { headers }));
    expect(shown(answer)).toEqual([101, ""]);
    expect(answer.headers.upgrade).toBe("websocket");
    await closed.promise;
    expect(pooled(agents)).toEqual({ busy: 0, idle: 0 });
  });

  it("refuses at once when the signal has aborted before, and sends nothing", async () => {
    const reason = new Error("stopped before");
    expect(await errorOf(get(server.origin, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(server.connections()).toBe(0);
  });
});

describe("connections", () => {
  it("are kept for the next request to the same origin", async () => {
    const agents = agentsFor({ keepAlive: true });
    for (let i = 0; i < 5; i++) await exchange(agents, requestTo(server.origin));
    expect([server.requests.length, server.connections()]).toEqual([5, 1]);
  });

  it("are new for every request when they are not to be kept", async () => {
    const agents = agentsFor({ keepAlive: false });
    for (let i = 0; i < 5; i++) await exchange(agents, requestTo(server.origin));
    expect([server.requests.length, server.connections()]).toEqual([5, 5]);
    expect(server.requests[0]?.headers.connection).toBe("close");
  });

  it("do not carry on after an answer that was given up in the middle", async () => {
    const agents = agentsFor();
    server.answer(() => ({ body: "x".repeat(2_000) }));
    await errorOf(exchange(agents, requestTo(server.origin, { maxBodyBytes: 1_000 })));
    server.answer(() => ({ body: "next" }));
    expect(shown(await exchange(agents, requestTo(server.origin)))).toEqual([200, "next"]);
    expect(server.connections()).toBe(2);
  });

  it("leave no listener and no socket behind after 200 requests, whatever their end", async () => {
    const agents = agentsFor();
    const stop = new AbortController();
    const busiest = { sockets: 0, listeners: 0 };
    server.answer(({ url }, response) => {
      if (url === "/break") response.destroy();
      return url === "/break" ? undefined : { body: url === "/large" ? "x".repeat(2_000) : "ok" };
    });
    for (let i = 0; i < 200; i++) {
      const url = `${server.origin}/${["ok", "large", "break", "ok"][i % 4]}`;
      const request = requestTo(url, { signal: stop.signal, maxBodyBytes: 1_000 });
      await exchange(agents, request).catch(() => undefined);
      busiest.sockets = Math.max(busiest.sockets, pooled(agents).busy + pooled(agents).idle);
      busiest.listeners = Math.max(busiest.listeners, getEventListeners(stop.signal, "abort").length);
      for (const socket of Object.values(agents.http.freeSockets).flat()) {
        expect(socket?.listenerCount("close")).toBeLessThan(EventEmitter.defaultMaxListeners);
      }
    }
    expect(server.requests.length).toBe(200);
    expect(busiest.listeners).toBe(0);
    expect(busiest.sockets).toBeLessThanOrEqual(2);
  });
});

describe("a kept connection that the server closes just as it is used again", () => {
  let fickle: Server;
  let origin: string;
  beforeEach(async () => {
    // Answers the first request of each connection, and hangs up on the second.
    fickle = createServer((socket) => {
      let requests = 0;
      socket.on("error", () => undefined);
      socket.on("data", () => {
        requests++;
        if (requests > 1) socket.resetAndDestroy();
        else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
      });
    });
    origin = `http://127.0.0.1:${await listenOnFreePort(fickle)}`;
  });
  afterEach(() => fickle.close());

  it("does not fail a request that changes nothing: it is sent again on a new one", async () => {
    const agents = agentsFor();
    for (let i = 0; i < 4; i++) expect(shown(await exchange(agents, requestTo(origin)))).toEqual([200, "ok"]);
  });

  it("fails one that may have changed something", async () => {
    const agents = agentsFor();
    await exchange(agents, requestTo(origin));
    const post = requestTo(origin, { method: "POST", body: Buffer.from("x") });
    expect((await errorOf(exchange(agents, post))).code).toBe("ECONNRESET");
  });

  it("is told from a new one on which the server hangs up", async () => {
    const rude = createServer((socket) => void socket.on("error", () => undefined).resetAndDestroy());
    const port = await listenOnFreePort(rude);
    expect((await errorOf(get(`http://127.0.0.1:${port}`))).code).toBe("ECONNRESET");
    rude.close();
  });
});

describe("a time limit", () => {
  let faults: FaultProxy;
  let through: string;
  beforeEach(async () => {
    faults = await startFaultProxy(server.port);
    through = `http://127.0.0.1:${faults.port}`;
  });
  afterEach(() => faults.stop());

  it("covers a server that accepts and says nothing", async () => {
    await faults.set({ kind: "black hole" });
    const error = await errorOf(get(through, { timeoutMs: 100 }));
    expect(error).toBeInstanceOf(HttpTimeout);
    expect(error.message).toBe("no answer within 100 ms");
    expect(faults.connections()).toBe(1);
  });

  it("covers a TLS handshake that is never answered", async () => {
    await faults.set({ kind: "black hole" });
    const error = await errorOf(get(through.replace("http:", "https:"), { timeoutMs: 100 }));
    expect(error).toBeInstanceOf(HttpTimeout);
  });

  it("covers a connection that is never accepted", async () => {
    const full = await startFullBacklog();
    const error = await errorOf(get(`http://127.0.0.1:${full.port}`, { timeoutMs: 100 }));
    await full.stop();
    expect(error).toBeInstanceOf(HttpTimeout);
  });

  it("covers an answer whose body trickles without an end", async () => {
    server.answer((_request, response) => {
      response.write("begun");
      const timer = setInterval(() => response.write("."), 5);
      response.once("close", () => clearInterval(timer));
      return undefined;
    });
    expect(await errorOf(get(server.origin, { timeoutMs: 150 }))).toBeInstanceOf(HttpTimeout);
  });

  it("covers a tunnel that never opens", async () => {
    const forward = () => new Promise<never>(() => undefined);
    for (const origin of ["http://app.internal", "https://app.internal"]) {
      const error = await errorOf(get(origin, { timeoutMs: 50 }, { forward }));
      expect(error).toBeInstanceOf(HttpTimeout);
    }
  });

  it("leaves an answer alone that comes in time", async () => {
    await faults.set({ kind: "latency", ms: 20 });
    expect(shown(await get(through, { timeoutMs: 5_000 }))).toEqual([200, "hello"]);
  });
});

describe("an abort", () => {
  it("ends a request that waits for its answer, with the signal's reason and a closed connection", async () => {
    const arrived = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    server.answer((_request, response) => {
      response.once("close", gone.resolve);
      arrived.resolve();
      return undefined;
    });
    const stop = new AbortController();
    const reason = new Error("cancelled by the test");
    const failed = errorOf(get(server.origin, { signal: stop.signal }));
    await arrived.promise;
    stop.abort(reason);
    expect(await failed).toBe(reason);
    await gone.promise;
  });

  it("ends a request in the middle of its body", async () => {
    const stop = new AbortController();
    server.answer((_request, response) => {
      response.write("begun", () => setImmediate(() => stop.abort(new Error("in the middle"))));
      return undefined;
    });
    const error = await errorOf(get(server.origin, { signal: stop.signal }));
    expect(error.message).toBe("in the middle");
  });

  it("ends a request whose tunnel is not open yet", async () => {
    const stop = new AbortController();
    const asked = Promise.withResolvers<void>();
    const forward = () => {
      asked.resolve();
      return new Promise<never>(() => undefined);
    };
    const failed = errorOf(get("http://app.internal", { signal: stop.signal }, { forward }));
    await asked.promise;
    stop.abort(new Error("before the tunnel"));
    expect((await failed).message).toBe("before the tunnel");
  });
});

describe("a failing server", () => {
  it.each([
    ["reset", { kind: "reset" }, "ECONNRESET"],
    ["refused", { kind: "refuse" }, "ECONNREFUSED"],
    ["cut before the first byte", { kind: "cut", afterBytes: 0 }, "ECONNRESET"],
    ["cut within the headers", { kind: "cut", afterBytes: 20 }, "ECONNRESET"],
    ["cut within the body", { kind: "cut", afterBytes: 500 }, "ECONNRESET"],
  ] as const)("gives Node's error when the connection is %s", async (_what, fault, code) => {
    server.answer(() => ({ body: "x".repeat(1_000) }));
    const faults = await startFaultProxy(server.port);
    await faults.set(fault);
    const error = await errorOf(get(`http://127.0.0.1:${faults.port}`));
    await faults.stop();
    expect(error.code).toBe(code);
  });

  it.each([
    ["speaks another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["sends a header that is none", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"],
    ["promises chunks and sends none", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"],
  ])("gives the parser's error when it %s", async (_what, text) => {
    const raw = await startRaw((socket) => socket.end(text));
    expect((await errorOf(get(raw.origin))).code).toMatch(/^HPE_/);
  });

  it("gives the parser's error when the headers have no end", async () => {
    const raw = await startRaw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(40_000)}`);
    });
    expect((await errorOf(get(raw.origin))).code).toBe("HPE_HEADER_OVERFLOW");
  });
});

describe("a limit on the body", () => {
  it.each([
    [1_024, true],
    [1_025, false],
  ])("of 1024 bytes lets %i bytes pass: %s", async (length, passes) => {
    server.answer(() => ({ body: "x".repeat(length) }));
    const answer = get(server.origin, { maxBodyBytes: 1_024 });
    if (passes) expect((await answer).body.length).toBe(length);
    else {
      const error = await errorOf(answer);
      expect(error).toBeInstanceOf(HttpBodyError);
      expect(error.message).toBe("the answer is larger than 1 KiB");
    }
  });

  it("stops reading an endless body", async () => {
    const gone = Promise.withResolvers<void>();
    server.answer((_request, response) => {
      response.once("close", gone.resolve);
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
      };
      response.on("drain", more);
      more();
      return undefined;
    });
    expect(await errorOf(get(server.origin, { maxBodyBytes: 100_000 }))).toBeInstanceOf(HttpBodyError);
    await gone.promise;
  });
});

const raws: Server[] = [];
afterEach(() => {
  for (const raw of raws.splice(0)) raw.close();
});

/** A server that answers the first bytes of a connection in its own way. */
async function startRaw(answer: (socket: Socket) => void): Promise<{ readonly origin: string }> {
  const raw = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => answer(socket));
  });
  raws.push(raw);
  return { origin: `http://127.0.0.1:${await listenOnFreePort(raw)}` };
}
