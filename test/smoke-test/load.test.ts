import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { freePort } from "../support/ports.ts";
import { type Config, smoke, verdicts } from "./smoke.ts";

let server: HttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(() => server.stop());

const load = (changes: Config, checks?: readonly Config[]) => ({
  "base-url": server.origin,
  load: [
    { name: "products", get: "/products", samples: 20, "warm-up": 0, expect: { p95: "< 20s" }, ...changes },
  ],
  ...(checks === undefined ? {} : { checks }),
});

describe("a load sample", () => {
  it("measures as many requests as it says, after the warm-up", async () => {
    const result = await smoke(load({ "warm-up": 5 }));
    expect(verdicts(result)).toEqual({ products: "passed" });
    expect(result.load[0]?.percentiles).toMatchObject({ samples: 20, answered: 20, errors: 0 });
    expect(server.requests).toHaveLength(25);
    expect(Number(result.outcome.outputs["p95-ms"])).toBeCloseTo(result.load[0]?.percentiles.p95 ?? -1, 0);
  });

  it("does not count what happens in the warm-up", async () => {
    server.answer(() => ({ status: server.requests.length <= 10 ? 500 : 200 }));
    expect(verdicts(await smoke(load({ "warm-up": 10, concurrency: 1 })))).toEqual({ products: "passed" });
  });

  it("fails for a percentile over its bound", async () => {
    const result = await smoke(load({ expect: { p95: "< 0ms", p50: "< 20s" } }));
    expect(verdicts(result)["products"]).toMatch(/^failed: p95: expected < 0 ms, got [\d.]+ m?s$/);
  });

  it("fails for its share of errors, and shows one", async () => {
    server.answer(() => ({ status: server.requests.length % 4 === 0 ? 503 : 200 }));
    expect(verdicts(await smoke(load({})))["products"]).toBe(
      "failed: errors: expected < 1%, got 25% (5 of 20; the first: HTTP 503)",
    );
    expect(verdicts(await smoke(load({ expect: { errors: "<= 25%" } })))["products"]).toBe("passed");
  });

  it("without a single answer fails, even where every error is allowed", async () => {
    const target = `http://127.0.0.1:${await freePort()}/`;
    const result = await smoke(load({ get: target, expect: { errors: "<= 100%" } }));
    expect(verdicts(result)["products"]).toContain("0 of 20 requests were answered");
  });

  it("never has more requests open than its concurrency", async () => {
    let open = 0;
    let most = 0;
    server.answer(async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise(setImmediate);
      open -= 1;
      return {};
    });
    await smoke(load({ samples: 60, concurrency: 3 }));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
  });

  it("uses what a check captured, and is skipped when a check failed", async () => {
    server.answer(({ url, headers }) => {
      if (url === "/login") return { json: { token: "t-12345678" } };
      return { status: headers.authorization === "Bearer t-12345678" ? 200 : 401 };
    });
    const login = { name: "login", post: "/login", json: {}, capture: { token: "$.token" } };
    const headers = { authorization: `Bearer \${token}` };
    expect((await smoke(load({ needs: "login", headers }, [login]))).outcome.result).toBe("passed");
    const broken = await smoke(load({ needs: "login", headers }, [{ ...login, expect: { status: 500 } }]));
    expect(verdicts(broken)["products"]).toBe("skipped: a check failed before");
  });
});
