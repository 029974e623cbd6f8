import { once } from "node:events";
import { statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { schemas } from "../../actions/smoke-test/src/schemas.ts";
import { certificates } from "../support/certificates.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { freePort } from "../support/ports.ts";
import { runBuilt, startBuilt } from "./built-action.ts";

let server: HttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(() => server.stop());

describe("the built action", () => {
  it("that passes exits 0 without an annotation, with outputs, a report and a summary that agree", async () => {
    server.answer(({ url }) => (url === "/version" ? { json: { sha: "abc" } } : {}));
    const result = await runBuilt({
      "base-url": server.origin,
      version: { get: "/version", json: "$.sha", equals: "abc" },
      checks: [{ name: "health", get: "/health" }],
      load: [{ name: "load", get: "/", samples: 20, expect: { p95: "20s" } }],
    });
    expect(result).toMatchObject({ exitCode: 0, ok: true, annotations: [], stderr: "", orphans: [] });
    expect(result.outputs).toMatchObject({
      result: "passed",
      passed: "3",
      failed: "0",
      skipped: "0",
      version: "abc",
    });
    expect(Number(result.outputs["p95-ms"])).toBeGreaterThan(0);
    expect(result.report).toMatchObject({ result: "passed", counts: { passed: 3, failed: 0, skipped: 0 } });
    expect(schemas["report.schema.json"].safeParse(result.report).error?.issues).toBeUndefined();
    expect(result.junit).toMatchObject({ tests: 3, failures: 0, names: ["version", "health", "load"] });
    expect(result.summary).toMatch(/^### ✅ Smoke test passed\n\n3 passed in /);
    expect(statSync(result.outputs["report"] ?? "").mode & 0o777).toBe(0o600);
  });

  it("that fails exits 1 with one error for each failed check, at its line of the file", async () => {
    const config = [
      `base-url: ${server.origin}`,
      "defaults: { retries: 0 }",
      "checks:",
      "  - name: good",
      "    get: /",
      "  - name: bad",
      "    get: /",
      "    expect: { status: 404, contains: cart }",
      "  - name: after bad",
      "    needs: bad",
      "    get: /",
      "  - name: closed",
      `    tcp: 127.0.0.1:${await freePort()}`,
    ].join("\n");
    const result = await runBuilt(config);
    expect(result).toMatchObject({ exitCode: 1, conclusion: "failure", stderr: "" });
    expect(result.annotations).toMatchObject([
      { level: "error", title: "smoke-test: bad", file: "smoke.yml", line: 6 },
      { level: "error", title: "smoke-test: closed", file: "smoke.yml", line: 12 },
    ]);
    expect(result.annotations[0]?.message).toContain(
      'status: expected 404, got 200; body: "cart" does not stand in it',
    );
    expect(result.outputs).toMatchObject({
      result: "failed",
      passed: "1",
      failed: "2",
      skipped: "1",
      "p95-ms": "",
    });
    expect(result.report.counts).toEqual({ passed: 1, failed: 2, skipped: 1 });
    expect(result.junit).toMatchObject({
      tests: 4,
      failures: 2,
      skipped: 1,
      cases: ["passed", "failed", "skipped", "failed"],
    });
    expect(result.summary).toContain("### ❌ Smoke test failed");
    expect(result.log).toContain('⏭️ after bad: skipped, needs "bad", which failed');
  });

  it("with mistakes in its config has each one annotated at its line, exits 1, and sends nothing", async () => {
    const config = `base-url: ${server.origin}\nchecks:\n  - name: a\n    gte: /\n  - name: b\n    get: shop.example\n`;
    const result = await runBuilt(config);
    expect(result.exitCode).toBe(1);
    expect(result.annotations.map(({ line }) => line)).toEqual([3, 4, 6]);
    expect(result.report.result).toBe("error");
    expect(result.log).not.toContain("internal error");
    expect(server.requests).toEqual([]);
  });

  it("fails for an expired certificate though the environment tells Node.js to accept any", async () => {
    const { expired } = await certificates();
    const secure = await startHttpServer(() => ({}), { certificate: expired });
    const checks = [
      { name: "https", get: secure.origin },
      { name: "tls", tls: `localhost:${secure.port}` },
    ];
    const result = await runBuilt(
      { defaults: { retries: 0 }, checks },
      { env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } },
    );
    expect(result.outputs).toMatchObject({ passed: "0", failed: "2" });
    expect(secure.requests).toEqual([]);
    await secure.stop();
  });

  it("without its config says where it looked", async () => {
    const result = await runBuilt("", { inputs: { config: "deploy/none.yml" } });
    expect(result).toMatchObject({ exitCode: 1, outputs: { result: "error" } });
    expect(result.annotations[0]?.message).toContain("deploy/none.yml cannot be read (ENOENT)");
  });

  it("at its timeout exits 1 and reports what was done by then", async () => {
    server.answer(({ url }) => (url === "/hangs" ? new Promise(() => undefined) : {}));
    const result = await runBuilt(
      {
        "base-url": server.origin,
        defaults: { timeout: "60s" },
        checks: [
          { name: "quick", get: "/" },
          { name: "hangs", get: "/hangs" },
        ],
      },
      { inputs: { timeout: "2s" } },
    );
    expect(result).toMatchObject({ exitCode: 1, outputs: { passed: "1", failed: "1" } });
    expect(result.report.checks).toMatchObject([
      { name: "quick", status: "passed" },
      { name: "hangs", status: "failed", problems: ["The timeout of 2 s ended before the work was done"] },
    ]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "stops at %s with exit code %i, lets go of its connections, and says so in the report",
    async (signal, exitCode) => {
      const asked = Promise.withResolvers<void>();
      const letGo = Promise.withResolvers<void>();
      server.answer((_request, response) => {
        void once(response, "close").then(() => letGo.resolve());
        asked.resolve();
        return undefined;
      });
      const running = startBuilt({
        "base-url": server.origin,
        checks: [{ name: "it", get: "/", timeout: "5m" }],
      });
      await asked.promise;
      const before = performance.now();
      running.kill(signal);
      const result = await running.done;
      expect(performance.now() - before).toBeLessThan(7_000);
      await letGo.promise;
      expect(result).toMatchObject({ exitCode, orphans: [], outputs: { result: "cancelled" } });
      expect(result.report.result).toBe("cancelled");
      expect(result.summary).toContain("cancelled");
    },
  );

  it("stops in a pause between attempts, and in the stability window, as well", async () => {
    server.answer(() => ({ status: server.requests.length === 1 ? 500 : 200 }));
    const paused = startBuilt({
      "base-url": server.origin,
      checks: [{ name: "it", get: "/", interval: "5m" }],
    });
    await expect.poll(() => server.requests.length, { timeout: 20_000 }).toBe(1);
    paused.kill("SIGINT");
    expect((await paused.done).exitCode).toBe(130);
    const watching = startBuilt({
      "base-url": server.origin,
      stability: "5m",
      checks: [{ name: "it", get: "/" }],
    });
    await expect.poll(() => server.requests.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
    watching.kill("SIGINT");
    expect((await watching.done).exitCode).toBe(130);
  });
});
