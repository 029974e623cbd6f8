import { once } from "node:events";
import { createServer } from "node:http";
import fc from "fast-check";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../examples/shop/src/config.ts";
import { listener } from "../../examples/shop/src/listener.ts";
import { routes } from "../../examples/shop/src/routes.ts";
import { issueToken, userOfToken } from "../../examples/shop/src/token.ts";
import { freePort, listenOnFreePort } from "../support/ports.ts";

const HOUR_MS = 3_600_000;
const complete = {
  RELEASE: "abc",
  DATABASE_URL: "postgres://x",
  DEMO_PASSWORD: "pass",
  TOKEN_SECRET: "secret",
};

describe("the shop's configuration", () => {
  it("has sensible defaults", () => {
    expect(readConfig(complete)).toMatchObject({
      host: "127.0.0.1",
      port: 8080,
      poolSize: 10,
      tls: undefined,
    });
  });

  it("names everything that is missing or wrong at once", () => {
    expect(() => readConfig({ ...complete, RELEASE: "", PORT: "80x", TLS_PORT: "0" })).toThrow(
      "The environment is not complete: RELEASE is not set; PORT must be a whole number from 1 to 65535; " +
        "TLS_PORT must be a whole number from 1 to 65535; TLS_CERT_FILE is not set; TLS_KEY_FILE is not set.",
    );
  });
});

describe("a token of the shop", () => {
  it("tells the user it was issued for, for an hour", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (user, secret, now) => {
        const token = issueToken(user, secret, now);
        expect(userOfToken(token, secret, now + HOUR_MS - 1)).toBe(user);
        expect(userOfToken(token, secret, now + HOUR_MS)).toBeUndefined();
      }),
    );
  });

  it("is worth nothing when anything of it was changed, or it was signed with another secret", () => {
    const token = issueToken("demo", "secret", 0);
    const [user, end, signature] = token.split(".");
    const other = Buffer.from("admin").toString("base64url");
    const forged = [
      `${other}.${end}.${signature}`,
      `${user}.${Number(end) * 2}.${signature}`,
      `${token}.`,
      "",
      "..",
    ];
    for (const text of forged) expect(userOfToken(text, "secret", 1)).toBeUndefined();
    expect(userOfToken(token, "another", 1)).toBeUndefined();
  });
});

describe("the shop without its database", () => {
  let origin = "";
  let pool: Pool;
  const server = createServer();

  beforeAll(async () => {
    pool = new Pool({ host: "127.0.0.1", port: await freePort() });
    server.on("request", listener(routes(pool, readConfig(complete))));
    origin = `http://127.0.0.1:${await listenOnFreePort(server)}`;
  });
  afterAll(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
    await pool.end();
  });

  const login = (body: string) => ({ method: "POST", body });
  it.each([
    { what: "health", path: "/health", status: 503, body: { status: "unhealthy" } },
    { what: "version", path: "/version?x", status: 200, body: { sha: "abc" } },
    { what: "products", path: "/api/products", status: 500, body: { error: "something went wrong" } },
    {
      what: "orders without a token",
      path: "/api/orders",
      status: 401,
      body: { error: "log in first, at /api/login" },
    },
    { what: "another path", path: "/nowhere", status: 404, body: { error: "there is nothing here" } },
    { what: "another method", path: "/api/login", status: 405, body: { error: "not with this method" } },
    {
      what: "a wrong password",
      path: "/api/login",
      request: login('{"user":"demo","password":"x"}'),
      status: 401,
      body: { error: "wrong user or password" },
    },
    {
      what: "a login that is no object",
      path: "/api/login",
      request: login("null"),
      status: 401,
      body: { error: "wrong user or password" },
    },
    {
      what: "a body that is no JSON",
      path: "/api/login",
      request: login("{"),
      status: 400,
      body: { error: "the body is not JSON" },
    },
    {
      what: "a huge body",
      path: "/api/login",
      request: login("x".repeat(20_000)),
      status: 413,
      body: { error: "the body is longer than 10000 bytes" },
    },
  ])("answers $status to $what", async ({ path, request = {}, status, body }) => {
    const answer = await fetch(origin + path, request);
    expect(await answer.json()).toEqual(body);
    expect(answer.status).toBe(status);
  });
});
