import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { certificates } from "../support/certificates.ts";
import { listenOnFreePort } from "../support/ports.ts";
import { startTelegram } from "../support/telegram/server.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { notify } from "./built-action.ts";

const CHAT = 5;

type Proxy = { readonly url: string; readonly asked: string[]; readonly server: Server };

let proxy: Proxy;
beforeEach(async () => {
  proxy = await startProxy();
});
afterEach(() => proxy.server.close());

/** A proxy of HTTP, and of anything else by CONNECT, that writes down what it was asked for. */
async function startProxy(): Promise<Proxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${new URL(incoming.url ?? "").origin}`);
    const { method, headers } = incoming;
    const onward = request(incoming.url ?? "", { method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  server.on("connect", (incoming, socket: Socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    const onward = connect(Number(incoming.url?.split(":")[1]), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) end.on("error", () => undefined);
  });
  server.on("connection", (socket) => void sockets.add(socket));
  const port = await listenOnFreePort(server);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await once(server.close(), "close");
  });
  return { url: `http://127.0.0.1:${port}`, asked, server };
}

describe("a proxy of the environment", () => {
  it("is taken to a server of plain HTTP", async () => {
    const telegram = await startTelegram({ chats: [{ id: CHAT }] });
    const result = await notify(telegram, { "chat-id": String(CHAT) }, { env: { HTTP_PROXY: proxy.url } });
    expect(result.outputs["result"]).toBe("sent");
    expect(telegram.chat(CHAT).messages).toHaveLength(1);
    expect(proxy.asked).toEqual([`POST ${telegram.http.origin}`]);
    await telegram.stop();
  });

  it("is taken to a server of HTTPS, and does not see the token", async () => {
    const { authority, good } = await certificates();
    const folder = makeTempDir("authority");
    onTestFinished(() => folder.remove());
    const file = path.join(folder.path, "authority.pem");
    writeFileSync(file, authority.cert);
    const telegram = await startTelegram({ chats: [{ id: CHAT }], tls: { certificate: good } });
    const env = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: file };
    const result = await notify(telegram, { "chat-id": String(CHAT) }, { env });
    expect(result.outputs["result"]).toBe("sent");
    expect(proxy.asked).toEqual([`CONNECT localhost:${telegram.http.port}`]);
    await telegram.stop();
  });

  it("is left out for what NO_PROXY names", async () => {
    const telegram = await startTelegram({ chats: [{ id: CHAT }] });
    const env = { HTTP_PROXY: proxy.url, NO_PROXY: "127.0.0.1" };
    expect((await notify(telegram, { "chat-id": String(CHAT) }, { env })).outputs["result"]).toBe("sent");
    expect(proxy.asked).toEqual([]);
    await telegram.stop();
  });
});

describe("a server with a certificate that nobody vouches for", () => {
  it("gets no token, and the step goes on with a warning", async () => {
    const { good } = await certificates();
    const telegram = await startTelegram({ chats: [{ id: CHAT }], tls: { certificate: good } });
    const result = await notify(telegram, { "chat-id": String(CHAT) });
    expect(result).toMatchObject({ ok: true, outputs: { result: "failed" } });
    expect(result.annotations[0]?.message).toMatch(/certificate/i);
    expect(telegram.http.requests).toEqual([]);
    await telegram.stop();
  });
});

describe("a Bot API server under a path", () => {
  it("is reached there, with or without a slash at the end", async () => {
    const telegram = await startTelegram({ chats: [{ id: CHAT }], path: "/bots" });
    await notify(telegram, { "chat-id": String(CHAT) });
    await notify({ ...telegram, url: `${telegram.url}/` }, { "chat-id": String(CHAT) });
    expect(telegram.chat(CHAT).messages).toHaveLength(2);
    await telegram.stop();
  });
});
