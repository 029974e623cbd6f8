import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { portAccepts } from "../support/started.ts";

let server: HttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(() => server.stop());

describe("the test web server", () => {
  it("answers 200 with nothing when no handler says otherwise", async () => {
    const response = await fetch(server.origin);
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });

  it("records method, url, headers and body of every request in order", async () => {
    await fetch(`${server.origin}/a?b=c`, { method: "POST", body: "hello", headers: { "x-test": "1" } });
    await fetch(`${server.origin}/second`);
    const [first, second] = server.requests;
    expect(first).toMatchObject({ method: "POST", url: "/a?b=c", headers: { "x-test": "1" } });
    expect(first?.body.toString()).toBe("hello");
    expect(first?.servername).toBeUndefined();
    expect(second).toMatchObject({ method: "GET", url: "/second" });
  });

  it("sends what the handler returns", async () => {
    server.answer((request) => ({
      status: 201,
      json: { path: request.url },
      headers: { "set-cookie": ["a=1", "b=2"] },
    }));
    const response = await fetch(`${server.origin}/x`);
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ path: "/x" });
  });

  it("lets the handler write by itself", async () => {
    server.answer((_request, response) => {
      response.writeHead(418, { "content-type": "text/plain" });
      response.end("by hand");
    });
    const response = await fetch(server.origin);
    expect([response.status, await response.text()]).toEqual([418, "by hand"]);
  });

  it("answers 500 with the reason when the handler throws", async () => {
    server.answer(async () => {
      throw new Error("a mistake in the test");
    });
    const response = await fetch(server.origin);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain("a mistake in the test");
  });

  it("counts connections apart from requests", async () => {
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    for (let i = 1; i <= 2; i++) {
      socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
      await once(socket, "data");
    }
    expect([server.requests.length, server.connections()]).toEqual([2, 1]);
    socket.destroy();
  });

  it("drops open connections when it stops, and can be stopped twice", async () => {
    server.answer((_request, response) => {
      response.write("the beginning");
    });
    const response = await fetch(server.origin);
    const body = response.text();
    body.catch(() => undefined);
    await server.stop();
    await expect(body).rejects.toThrow("terminated");
    expect(await portAccepts(server.port)()).toBe(false);
    await server.stop();
  });
});
