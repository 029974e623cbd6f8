import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { smoke, verdicts } from "./smoke.ts";

let server: HttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(() => server.stop());

const checks = [
  { name: "health", get: "/health" },
  { name: "order", post: "/order", json: {} },
];

describe("the stability window", () => {
  it("fails when the application dies in it, and says when and what", async () => {
    server.answer(({ url }) => {
      const rounds = server.requests.filter((request) => request.url === "/health").length;
      return { status: url === "/health" && rounds > 2 ? 502 : 200 };
    });
    const result = await smoke({ "base-url": server.origin, stability: "20s", checks });
    expect(verdicts(result)).toMatchObject({ health: "passed", order: "passed" });
    expect(verdicts(result)["stability"]).toMatch(
      /^failed: after [\d.]+ m?s: health: status: expected 2xx, got 502$/,
    );
    expect(result.outcome.result).toBe("failed");
  });

  it("sends nothing that changes something a second time", async () => {
    const result = await smoke({ "base-url": server.origin, stability: "1s", checks });
    expect(verdicts(result)["stability"]).toBe("passed");
    const count = (url: string) => server.requests.filter((request) => request.url === url).length;
    expect(count("/order")).toBe(1);
    expect(count("/health")).toBeGreaterThan(1);
  });

  it("is over when the version falls back", async () => {
    server.answer(() => ({ body: server.requests.length > 3 ? "old" : "new" }));
    const version = { get: "/version", equals: "new" };
    const result = await smoke({ "base-url": server.origin, stability: "20s", version });
    expect(verdicts(result)["stability"]).toContain("expected version new, last seen old");
  });

  it("does not begin when something failed before", async () => {
    server.answer(() => ({ status: 500 }));
    const result = await smoke({ "base-url": server.origin, stability: "20s", checks });
    expect(Object.keys(verdicts(result))).toEqual(["health", "order"]);
  });

  it("is never a flood of requests, however short the interval is", async () => {
    await smoke({ "base-url": server.origin, stability: "1s", defaults: { interval: "0s" }, checks });
    expect(server.requests.length).toBeLessThanOrEqual(6);
  });
});
