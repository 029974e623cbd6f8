import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deadlineError } from "../../shared/runtime/cancellation.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { freePort } from "../support/ports.ts";
import { type Config, smoke, verdicts } from "./smoke.ts";

let server: HttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(() => server.stop());

const config = (checks: readonly Config[], rest: Config = {}) => ({
  "base-url": server.origin,
  checks,
  ...rest,
});

describe("a failed check", () => {
  it("is tried again until its expectations hold", async () => {
    server.answer(() => ({ json: { ready: server.requests.length >= 3 } }));
    const check = { name: "it", get: "/", retries: 5, expect: { json: { "$.ready": true } } };
    const result = await smoke(config([check]));
    expect(result.checks).toMatchObject([{ status: "passed", attempts: 3 }]);
    expect(server.requests).toHaveLength(3);
    expect(result.log).toContain("it: attempt 1 of 6: $.ready: expected true, got false; again in 20 ms");
  });

  it("is given up after retries + 1 attempts", async () => {
    server.answer(() => ({ status: 503 }));
    const result = await smoke(config([{ name: "it", get: "/", retries: 2 }]));
    expect(result.checks).toMatchObject([{ status: "failed", attempts: 3 }]);
    expect(server.requests).toHaveLength(3);
  });

  it("is not tried again for what it answered where only the network is retried", async () => {
    server.answer(() => ({ status: 503 }));
    const checks = [
      { name: "answered", get: "/" },
      { name: "not reached", get: `http://127.0.0.1:${await freePort()}/` },
    ].map((check) => ({ ...check, retries: 2, "retry-on": "network" }));
    const result = await smoke(config(checks));
    expect(result.checks.map(({ attempts }) => attempts)).toEqual([1, 3]);
  });

  it("waits as long as the server asks", async () => {
    server.answer(() => (server.requests.length > 1 ? {} : { status: 503, headers: { "retry-after": "1" } }));
    const result = await smoke(config([{ name: "it", get: "/", retries: 1 }]));
    expect(result.checks).toMatchObject([{ status: "passed", attempts: 2 }]);
    expect(result.log).toContain("again in 1 s");
    expect(result.checks[0]?.totalMs).toBeGreaterThanOrEqual(1_000);
  });

  it("is not tried again when the server asks for longer than the step has", async () => {
    server.answer(() => ({ status: 503, headers: { "retry-after": "3600" } }));
    const result = await smoke(config([{ name: "it", get: "/", retries: 5 }]));
    expect(verdicts(result)["it"]).toMatch(
      /not tried again: the server asks to wait 1 h, and the timeout of the step leaves (1 min|59.* s)$/,
    );
    expect(server.requests).toHaveLength(1);
  });
});

describe("needs", () => {
  it("bring captures along, over several checks", async () => {
    server.answer(({ url, headers }) => {
      if (url === "/login")
        return { json: { token: "t-12345678" }, headers: { "set-cookie": "sid=s-12345678" } };
      return { status: headers.authorization === "Bearer t-12345678" ? 200 : 401, json: { id: 42 } };
    });
    const headers = { authorization: `Bearer \${token}` };
    const result = await smoke(
      config([
        { name: "cart", needs: ["orders"], get: `/orders/\${id}?sid=\${sid}`, headers },
        { name: "orders", needs: "login", get: "/orders", headers, capture: { id: "$.id" } },
        { name: "login", post: "/login", json: {}, capture: { token: "$.token", sid: { cookie: "sid" } } },
      ]),
    );
    expect(verdicts(result)).toEqual({ cart: "passed", orders: "passed", login: "passed" });
    expect(server.requests.map(({ url }) => url)).toEqual(["/login", "/orders", "/orders/42?sid=s-12345678"]);
    expect(result.secrets).toEqual(expect.arrayContaining(["t-12345678", "s-12345678"]));
  });

  it("of a failed check skip those that need it, also through others, and no others", async () => {
    server.answer(({ url }) => ({ status: url === "/login" ? 500 : 200 }));
    const result = await smoke(
      config([
        { name: "last", needs: "orders", get: "/last" },
        { name: "orders", needs: "login", get: "/orders" },
        { name: "login", get: "/login" },
        { name: "alone", get: "/alone" },
      ]),
    );
    expect(verdicts(result)).toEqual({
      last: 'skipped: needs "orders", which was skipped',
      orders: 'skipped: needs "login", which failed',
      login: "failed: status: expected 2xx, got 500",
      alone: "passed",
    });
    expect(result.outcome.outputs).toMatchObject({ passed: 1, failed: 1, skipped: 2 });
    expect(server.requests.map(({ url }) => url).sort()).toEqual(["/alone", "/login"]);
  });

  it("of a check whose capture is not there are not met", async () => {
    server.answer(() => ({ json: {} }));
    const result = await smoke(
      config([
        { name: "login", get: "/", capture: { token: "$.token" } },
        { name: "use", needs: "login", get: `/\${token}` },
      ]),
    );
    expect(verdicts(result)).toMatchObject({
      login: "failed: capture token: there is no such value in the answer",
    });
    expect(result.checks[1]?.status).toBe("skipped");
  });

  it("with a captured address that is none fail in words", async () => {
    server.answer(() => ({ json: { next: "shop.example" } }));
    const result = await smoke(
      config([
        { name: "first", get: "/", capture: { next: "$.next" } },
        { name: "second", needs: "first", get: `\${next}` },
      ]),
    );
    expect(verdicts(result)["second"]).toContain("failed: the address has no scheme");
  });
});

describe("independent checks", () => {
  it.each([1, 3])("run together, at most %i at once", async (concurrency) => {
    let open = 0;
    let most = 0;
    const full = Promise.withResolvers<void>();
    server.answer(async () => {
      open += 1;
      most = Math.max(most, open);
      if (open === concurrency) full.resolve();
      await full.promise;
      open -= 1;
      return {};
    });
    const checks = Array.from({ length: 9 }, (_, index) => ({ name: `check ${index}`, get: `/${index}` }));
    const result = await smoke(config(checks, { concurrency }));
    expect(result.outcome.result).toBe("passed");
    expect(most).toBe(concurrency);
    // One more at once would have needed one more connection: those that are there are used again.
    expect(server.connections()).toBe(concurrency);
    expect(result.checks.map(({ name }) => name)).toEqual(checks.map(({ name }) => name));
  });
});

describe("at the deadline", () => {
  it("what is not finished has failed, and what is finished is kept", async () => {
    const timeout = new AbortController();
    server.answer(({ url }, response) => {
      if (url !== "/hangs") return {};
      timeout.abort(deadlineError(1_500));
      response.on("close", () => undefined);
      return undefined;
    });
    const checks = [
      { name: "quick", get: "/" },
      { name: "hangs", needs: "quick", get: "/hangs" },
      { name: "hangs at night", needs: "quick", get: "/" },
      { name: "never begun", needs: "hangs", get: "/" },
    ];
    const load = [{ name: "load", get: "/", samples: 1, expect: { p50: "1s" } }];
    const result = await smoke(config(checks, { load, stability: "1s", concurrency: 1 }), {
      signal: timeout.signal,
    });
    const late = "failed: The timeout of 1.5 s ended before the work was done";
    expect(verdicts(result)).toEqual({
      quick: "passed",
      hangs: late,
      "hangs at night": late,
      "never begun": late,
      load: late,
      stability: late,
    });
  });

  it("every origin that was not proven is told by its name", async () => {
    const timeout = new AbortController();
    const other = await startHttpServer(() => ({ body: "1" }));
    server.answer((_request, response) => {
      response.on("close", () => undefined);
      return undefined;
    });
    const version = { get: "/", equals: "1", consecutive: 1, origins: [server.origin, other.origin] };
    const running = smoke({ version }, { signal: timeout.signal });
    await expect.poll(() => server.requests.length + other.requests.length).toBe(2);
    timeout.abort(deadlineError(1_000));
    const names = verdicts(await running);
    expect(names[`version at 127.0.0.1:${server.port}`]).toContain("The timeout of 1 s ended");
    expect(Object.keys(names)).toHaveLength(2);
    await other.stop();
  });
});
