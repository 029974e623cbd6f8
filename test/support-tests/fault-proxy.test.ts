import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { listenOnFreePort } from "../support/ports.ts";

let server: Server;
let proxy: FaultProxy;
const clients = new Set<Socket>();

beforeEach(async () => {
  // Says back what it hears, and ends when its peer does.
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  proxy = await startFaultProxy(await listenOnFreePort(server));
});

afterEach(async () => {
  for (const client of clients) client.destroy();
  clients.clear();
  await proxy.stop();
  await new Promise((resolve) => server.close(resolve));
});

function client(): Socket {
  const socket = connect(proxy.port, "127.0.0.1");
  clients.add(socket);
  return socket;
}

/** Everything that arrives until the connection ends, and the error's code if it ended with one. */
async function drain(socket: Socket): Promise<{ text: string; error?: string }> {
  let text = "";
  try {
    for await (const data of socket) text += data;
    return { text };
  } catch (error) {
    return { text, error: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [data] = await once(socket, "data");
  return String(data);
}

describe("a fault proxy", () => {
  it("passes everything unharmed when no fault is set, and then the end", async () => {
    const text = "0123456789".repeat(500_000);
    const socket = client();
    socket.end(text);
    const { text: answer, error } = await drain(socket);
    expect(error).toBeUndefined();
    expect(answer === text).toBe(true);
    expect(proxy.connections()).toBe(1);
  });

  it("delays each piece, keeping their order", async () => {
    await proxy.set({ kind: "latency", ms: 60 });
    const socket = client();
    const before = performance.now();
    socket.write("first,");
    await once(socket, "connect");
    socket.end("second");
    expect(await drain(socket)).toEqual({ text: "first,second" });
    // Once there and once back; timers may fire up to a millisecond early.
    expect(performance.now() - before).toBeGreaterThanOrEqual(118);
  });

  it.each([0, 1, 7, 100_000])("closes a connection after %i bytes of answers", async (afterBytes) => {
    await proxy.set({ kind: "cut", afterBytes });
    const socket = client();
    socket.write("x".repeat(afterBytes + 1_000));
    expect((await drain(socket)).text.length).toBe(afterBytes);
  });

  it("counts the bytes of one connection alone, from its beginning", async () => {
    const old = client();
    expect(await echo(old, "12345")).toBe("12345");
    await proxy.set({ kind: "cut", afterBytes: 8 });
    old.write("6789abc");
    expect((await drain(old)).text).toBe("678");
    const fresh = client();
    fresh.write("123456789");
    expect((await drain(fresh)).text).toBe("12345678");
  });

  it("resets open connections and new ones", async () => {
    const old = client();
    await echo(old, "hello");
    const ending = drain(old);
    await proxy.set({ kind: "reset" });
    expect(await ending).toEqual({ text: "", error: "ECONNRESET" });
    expect((await drain(client())).error).toBe("ECONNRESET");
  });

  it("refuses connections, and listens on the same port again afterwards", async () => {
    await proxy.set({ kind: "refuse" });
    expect((await drain(client())).error).toBe("ECONNREFUSED");
    await proxy.set({ kind: "none" });
    expect(await echo(client(), "back")).toBe("back");
  });

  it("swallows everything without an error, and delivers it when the fault is over", async () => {
    const old = client();
    await echo(old, "before");
    await proxy.set({ kind: "black hole" });
    const fresh = client();
    await once(fresh, "connect");
    let heard = "";
    for (const socket of [old, fresh]) socket.on("data", (data) => (heard += data));
    old.write("held");
    fresh.write("held");
    // Another connection's whole round through a second proxy: time enough for a leak to show.
    const other = await startFaultProxy((server.address() as { port: number }).port);
    const witness = connect(other.port, "127.0.0.1");
    await echo(witness, "witness");
    witness.destroy();
    await other.stop();
    expect(heard).toBe("");
    expect([old.destroyed, fresh.destroyed]).toEqual([false, false]);

    await proxy.set({ kind: "none" });
    await expect.poll(() => heard).toBe("heldheld");
  });

  it("resets the client when the server behind it is gone", async () => {
    await new Promise((resolve) => server.close(resolve));
    expect((await drain(client())).error).toBe("ECONNRESET");
  });
});
