import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { exchange } from "../../shared/http/exchange.ts";
import { openAgents, type Route } from "../../shared/http/route.ts";
import { certificates } from "../support/certificates.ts";
import { startHttpServer } from "../support/http-server.ts";
import { freePort, listenOnFreePort } from "../support/ports.ts";
import { forwardTo } from "./forward.ts";

/** Sends a request, and tells in order what came of it. */
async function send(url: string, route: Partial<Route> = {}, times = 1): Promise<string[]> {
  const agents = openAgents({ keepAlive: false, ...route });
  onTestFinished(() => {
    agents.http.destroy();
    agents.https.destroy();
  });
  const happened: string[] = [];
  for (let time = 0; time < times; time++) {
    await exchange(agents, {
      ...{ method: "POST", url: new URL(url), headers: {}, timeoutMs: 5_000, maxBodyBytes: 1_000 },
      signal: new AbortController().signal,
      onConnected: () => void happened.push("connected"),
    }).then(
      ({ status }) => happened.push(String(status)),
      () => happened.push("failed"),
    );
  }
  return happened;
}

/** A proxy that opens tunnels, or refuses to. */
async function startTunnels(status: number): Promise<NodeJS.ProcessEnv> {
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on("connection", (socket) => void sockets.add(socket));
  server.on("connect", (request, socket: Socket) => {
    socket.on("error", () => undefined);
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
    const onward = connect(Number(request.url?.split(":")[1]), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    return undefined;
  });
  const port = await listenOnFreePort(server);
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { https_proxy: `http://127.0.0.1:${port}` };
}

it("says that the connection is there before anything is sent, also on one that was kept", async () => {
  const server = await startHttpServer();
  onTestFinished(() => server.stop());
  expect(await send(server.origin, { keepAlive: true }, 2)).toEqual(["connected", "200", "connected", "200"]);
  const { open } = forwardTo(server.port);
  expect(await send(server.origin, { forward: open })).toEqual(["connected", "200"]);
});

it("says nothing when nobody listens", async () => {
  expect(await send(`http://127.0.0.1:${await freePort()}`)).toEqual(["failed"]);
});

it("says so under TLS when the certificate was found right, and never when it was found wrong", async () => {
  const { authority, good, wrongName } = await certificates();
  for (const [certificate, happened] of [
    [good, ["connected", "200"]],
    [wrongName, ["failed"]],
  ] as const) {
    const server = await startHttpServer(() => ({}), { certificate });
    onTestFinished(() => server.stop());
    const trusted = { ca: authority.cert };
    expect(await send(server.origin, trusted)).toEqual(happened);
    expect(await send(server.origin, { ...trusted, address: "127.0.0.1" })).toEqual(happened);
    expect(await send(server.origin, { ...trusted, forward: forwardTo(server.port).open })).toEqual(happened);
    expect(await send(server.origin, { ...trusted, proxyEnv: await startTunnels(200) })).toEqual(happened);
    expect(server.requests).toHaveLength(happened.length === 2 ? 4 : 0);
  }
});

it("says nothing when a proxy refuses the tunnel", async () => {
  const { authority, good } = await certificates();
  const server = await startHttpServer(() => ({}), { certificate: good });
  onTestFinished(() => server.stop());
  const route = { ca: authority.cert, proxyEnv: await startTunnels(502) };
  expect(await send(server.origin, route)).toEqual(["failed"]);
  expect(server.connections()).toBe(0);
});
