import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Certificates, certificates } from "../support/certificates.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { listenOnFreePort } from "../support/ports.ts";
import { errorOf, get, shown } from "./request.ts";

let made: Certificates;
let proxy: Proxy;
let plain: HttpServer;
let secure: HttpServer;
beforeEach(async () => {
  made = await certificates();
  const certificate = await made.authority.issue({ names: ["shop.test"] });
  proxy = await startProxy((port) => Number(port) === secure.port || Number(port) === plain.port);
  plain = await startHttpServer(() => ({ body: "plain" }));
  secure = await startHttpServer(() => ({ body: "secure" }), { certificate });
});
afterEach(() => Promise.all([plain.stop(), secure.stop(), proxy.stop()]));

// The names resolve nowhere, so that only the proxy can know the way.
const http = () => `http://shop.test:${plain.port}/path?q=1`;
const https = () => `https://shop.test:${secure.port}/path`;

describe("a proxy of the environment", () => {
  it.each(["HTTP_PROXY", "http_proxy"])("in %s gets plain requests whole", async (name) => {
    const answer = await get(http(), { headers: { "x-test": "1" } }, { proxyEnv: { [name]: proxy.url } });
    expect(shown(answer)).toEqual([200, "plain"]);
    expect(proxy.asked).toEqual([`GET ${http()}`]);
    expect(plain.requests[0]).toMatchObject({
      url: "/path?q=1",
      headers: { host: `shop.test:${plain.port}` },
    });
    expect(plain.requests[0]?.headers["x-test"]).toBe("1");
  });

  it.each(["HTTPS_PROXY", "https_proxy"])(
    "in %s tunnels TLS, whose name and certificate stay the server's",
    async (name) => {
      const route = { ca: made.authority.cert, proxyEnv: { [name]: proxy.url } };
      expect(shown(await get(https(), { headers: { authorization: "Bearer t0ken" } }, route))).toEqual([
        200,
        "secure",
      ]);
      expect(proxy.asked).toEqual([`CONNECT shop.test:${secure.port}`]);
      expect(proxy.headers[0]?.["authorization"]).toBeUndefined();
      expect(secure.requests[0]).toMatchObject({ servername: "shop.test", url: "/path" });
    },
  );

  it("still refuses a certificate for another name", async () => {
    const route = { ca: made.authority.cert, proxyEnv: { HTTPS_PROXY: proxy.url } };
    const error = await errorOf(get(`https://other.test:${secure.port}`, {}, route));
    expect(error.code).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("gets the credentials that stand in its address", async () => {
    const proxyEnv = { HTTP_PROXY: proxy.url.replace("//", "//user:p%40ss@") };
    await get(http(), {}, { proxyEnv });
    const expected = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;
    expect(proxy.headers[0]?.["proxy-authorization"]).toBe(expected);
    expect(plain.requests[0]?.headers["proxy-authorization"]).toBeUndefined();
  });

  it.each(["127.0.0.1", "*", "shop.test,127.0.0.1"])(
    "is passed by for what NO_PROXY names: %s",
    async (names) => {
      const proxyEnv = { HTTP_PROXY: proxy.url, NO_PROXY: names };
      expect(shown(await get(plain.origin, {}, { proxyEnv }))).toEqual([200, "plain"]);
      expect(proxy.asked).toEqual([]);
    },
  );

  it("is used for what NO_PROXY does not name", async () => {
    await get(http(), {}, { proxyEnv: { HTTP_PROXY: proxy.url, NO_PROXY: "other.test,.example" } });
    expect(proxy.asked.length).toBe(1);
  });

  it("is passed by where no environment was given", async () => {
    process.env["HTTP_PROXY"] = proxy.url;
    try {
      expect(shown(await get(plain.origin))).toEqual([200, "plain"]);
    } finally {
      delete process.env["HTTP_PROXY"];
    }
    expect(proxy.asked).toEqual([]);
  });

  it("that refuses a tunnel is an error, and its answer is not taken for the server's", async () => {
    const route = { ca: made.authority.cert, proxyEnv: { HTTPS_PROXY: proxy.url } };
    const error = await errorOf(get("https://shop.test:1/", {}, route));
    expect(error.code).toBe("ERR_PROXY_TUNNEL");
  });

  it("that cannot be reached is an error, and the server is not asked directly", async () => {
    await proxy.stop();
    const error = await errorOf(get(plain.origin, {}, { proxyEnv: { HTTP_PROXY: proxy.url } }));
    expect(error.code).toBe("ECONNREFUSED");
    expect(plain.connections()).toBe(0);
  });
});

type Proxy = {
  readonly url: string;
  /** Method and target of every request, as the client wrote them. */
  readonly asked: readonly string[];
  readonly headers: readonly Readonly<Record<string, unknown>>[];
  stop(): Promise<void>;
};

/** A forward proxy that finds every server on 127.0.0.1, and answers 403 for ports that are not allowed. */
async function startProxy(allows: (port: string) => boolean): Promise<Proxy> {
  const asked: string[] = [];
  const headers: Record<string, unknown>[] = [];
  const sockets = new Set<Socket>();
  const note = ({ method, url, headers: sent }: IncomingMessage): void => {
    asked.push(`${method} ${url}`);
    headers.push(sent);
  };
  const server = createServer((incoming, outgoing) => {
    note(incoming);
    const { port, pathname, search } = new URL(incoming.url ?? "");
    const { "proxy-authorization": _, "proxy-connection": __, ...sent } = incoming.headers;
    const onward = httpRequest({
      host: "127.0.0.1",
      port,
      path: pathname + search,
      method: incoming.method ?? "GET",
      headers: sent,
      agent: false,
    });
    onward.on("response", (answer) =>
      answer.pipe(outgoing.writeHead(answer.statusCode ?? 502, answer.headers)),
    );
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("connect", (incoming: IncomingMessage, client: Socket) => {
    note(incoming);
    const port = incoming.url?.split(":").at(-1) ?? "";
    if (!allows(port)) {
      client.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    const onward = connect(Number(port), "127.0.0.1", () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
    onward.on("error", () => client.destroy());
    client.on("error", () => onward.destroy());
    onward.pipe(client).pipe(onward);
  });
  const port = await listenOnFreePort(server);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    headers,
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
