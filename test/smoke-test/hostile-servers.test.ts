import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { needs } from "../support/needs.ts";
import { startPostgres } from "../support/postgres.ts";
import { startRedis } from "../support/redis.ts";
import { type Config, smoke, verdicts } from "./smoke.ts";

let server: HttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(() => server.stop());

const verdict = async (check: Config, options = {}) =>
  verdicts(await smoke({ "base-url": server.origin, checks: [{ name: "it", ...check }] }, options))["it"];

describe("a login that Redis refuses", needs("redis"), () => {
  it("fails, though the server answers PING without one", async () => {
    const redis = await startRedis();
    try {
      const address = `redis://:wrong-password@127.0.0.1:${redis.port}`;
      expect(await verdict({ redis: address })).toMatch(/^failed: expected PONG, got "ERR AUTH /);
    } finally {
      await redis.stop();
    }
  });
});

describe("a database that goes away in the middle of an answer", needs("postgres-18"), () => {
  it("fails the check in words, and the next try can pass", async () => {
    const postgres = await startPostgres({ major: 18 });
    const proxy = await startFaultProxy(postgres.port);
    try {
      const address = new URL(postgres.url);
      address.port = String(proxy.port);
      // More than a login takes, less than the answer.
      await proxy.set({ kind: "cut", afterBytes: 5_000 });
      const check = { postgres: address.href, query: "select repeat('x', 100000)" };
      expect(await verdict(check)).toMatch(/^failed: The connection to .* was lost: /);
      await proxy.set({ kind: "none" });
      expect(await verdict(check)).toBe("passed");
    } finally {
      await proxy.stop();
      await postgres.stop();
    }
  });
});

describe("an answer made to do harm", () => {
  const nested = (levels: number) => `{"status":${"[".repeat(levels)}${"]".repeat(levels)}}`;

  it.each([
    ["looked into", { expect: { json: { "$.status": "healthy" } } }],
    ["searched at every level", { expect: { json: { "$..state": "healthy" } } }],
    ["captured from", { capture: { token: "$.status" } }],
  ])("with JSON nested without end fails the check when it is %s", async (_how, check) => {
    server.answer(() => ({ body: nested(50_000) }));
    expect(await verdict({ get: "/", ...check })).toBe(
      "failed: the JSON is nested more than 200 levels deep",
    );
  });

  it("with JSON of 150 levels is looked into like any other", async () => {
    server.answer(() => ({ body: `${nested(150).slice(0, -1)},"state":"healthy"}` }));
    expect(await verdict({ get: "/", expect: { json: { "$..state": "healthy" } } })).toBe("passed");
  });

  it("on which the expression in a JSONPath backtracks without end fails after a second", async () => {
    server.answer(() => ({ json: [{ name: "a".repeat(60) }] }));
    expect(await verdict({ get: "/", expect: { json: { "$[?search(@.name, '(a+)+c')].name": "x" } } })).toBe(
      "failed: looking through the answer took more than a second",
    );
  });

  it("with a huge value for a capture fails: it would be searched for in all that is printed", async () => {
    server.answer(() => ({ json: { token: "a-long-line\n".repeat(5_000) } }));
    expect(await verdict({ get: "/", capture: { token: "$.token" } })).toBe(
      "failed: capture token: the value is longer than 32768 characters",
    );
  });

  it("has no header that every JavaScript object has", async () => {
    expect(await verdict({ get: "/", expect: { headers: { constructor: { exists: true } } } })).toBe(
      "failed: header constructor: expected a value, got nothing",
    );
  });
});

describe("what an answer holds", () => {
  it("is shown without the value that is to be captured from it", async () => {
    server.answer(() => ({ json: { token: "a-token-of-some-length" } }));
    const check = {
      get: "/",
      expect: { json: { "$.token": { length: 64 } } },
      capture: { token: "$.token" },
    };
    expect(await verdict(check)).toBe('failed: $.token: expected length 64, got "***"');
  });

  it("contains an entry of a list only as a whole", async () => {
    server.answer(() => ({ json: { roles: ["not-admin", 7] } }));
    const roles = (contains: string) => verdict({ get: "/", expect: { json: { "$.roles": { contains } } } });
    expect(await roles("admin")).toMatch(/^failed: /);
    expect([await roles("not-admin"), await roles("7")]).toEqual(["passed", "passed"]);
  });
});

describe("the version", () => {
  it("is not proven for a server that redirects to another one", async () => {
    const old = await startHttpServer(() => ({ status: 302, headers: { location: `${server.origin}/v` } }));
    server.answer(() => ({ body: "new" }));
    try {
      const version = { get: "/v", equals: "new" };
      const why = `failed: redirected to ${server.origin}, which proves nothing about this one`;
      const origins = await smoke({ version: { ...version, origins: [server.origin, old.origin] } });
      expect(verdicts(origins)).toEqual({
        [`version at 127.0.0.1:${server.port}`]: "passed",
        [`version at 127.0.0.1:${old.port}`]: why,
      });
      const asked = { ...version, get: `http://shop.example:${old.port}/v`, addresses: ["127.0.0.1"] };
      expect(verdicts(await smoke({ version: asked }))).toEqual({ version: why });
    } finally {
      await old.stop();
    }
  });

  it("is told apart for two origins on one host", async () => {
    server.answer(({ url }) => ({ body: url === "/a/v" ? "new" : "old" }));
    const origins = [`${server.origin}/a`, `${server.origin}/b`];
    expect(verdicts(await smoke({ version: { get: "/v", equals: "new", origins } }))).toEqual({
      [`version at 127.0.0.1:${server.port}/a`]: "passed",
      [`version at 127.0.0.1:${server.port}/b`]: "failed: expected version new, last seen old",
    });
  });

  it("is asked for again only when the server's Retry-After says", async () => {
    server.answer(() => ({ status: 503, headers: { "retry-after": "3600" } }));
    const version = { get: "/v", equals: "new", retries: 3, interval: "1ms" };
    const result = await smoke({ "base-url": server.origin, version });
    expect(verdicts(result)["version"]).toMatch(/got 503: not tried again: the server asks to wait 1 h/);
    expect(server.requests).toHaveLength(1);
  });
});
