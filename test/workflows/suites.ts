import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Repositories } from "../deploy-flow/release.ts";
import { some } from "../support/effort.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { needs } from "../support/needs.ts";
import { freePort } from "../support/ports.ts";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { type Redis, startRedis } from "../support/redis.ts";
import { callWorkflow } from "./call.ts";

const within = { timeout: 240_000 };

const SHOP = {
  "requirements.txt": "pytest\npg8000\n",
  "server.py": `import http.server
import os


class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/end":
            os._exit(0)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"two carts")


http.server.HTTPServer(("127.0.0.1", int(os.environ["SHOP_PORT"])), Shop).serve_forever()
`,
  "tests/integration/test_stores.py": `import os
import socket
from urllib.parse import urlsplit

import pg8000.native


def test_database() -> None:
    url = urlsplit(os.environ["DATABASE_URL"])
    database = pg8000.native.Connection(
        url.username, host=url.hostname, port=url.port, password=url.password, database=url.path[1:]
    )
    assert database.run("SELECT 40 + 2") == [[42]]
    database.close()


def test_redis() -> None:
    url = urlsplit(os.environ["REDIS_URL"])
    with socket.create_connection((url.hostname, url.port)) as redis:
        redis.sendall(b"PING\\r\\n")
        assert redis.recv(16) == b"+PONG\\r\\n"
`,
  "tests/e2e/test_shop.py": `import os
import urllib.request


def test_shows_the_carts() -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{os.environ['SHOP_PORT']}/") as answer:
        assert answer.read() == b"two carts"
`,
  "tests/third/test_account.py": `import os


def test_has_the_secret() -> None:
    assert os.environ["THIRD_PARTY_TOKEN"] == "for the other service"
`,
};

/** e2e.yml and performance.yml on an application, a database, Redis and Locust. */
export function trySuites(repositories: () => Repositories): void {
  describe("e2e.yml", needs("act", "python-wheels", "redis", "postgres-15"), () => {
    let database: Postgres;
    let redis: Redis;
    let port: number;
    beforeAll(async () => {
      [database, redis, port] = await Promise.all([startPostgres({ major: 15 }), startRedis(), freePort()]);
    });
    afterAll(async () => {
      await Promise.all([database.stop(), redis.stop()]);
      // act leaves running what a step has started; the answer is that the connection ends.
      await fetch(`http://127.0.0.1:${port}/end`).catch(() => undefined);
    });

    const call = (more: Readonly<Record<string, string>>) =>
      callWorkflow(repositories(), {
        workflow: "e2e.yml",
        files: SHOP,
        secrets: { THIRD_PARTY_TOKEN: "for the other service" },
        env: { SHOP_PORT: String(port) },
        with: {
          ...{ kind: "python", install: "python -m pip install -r requirements.txt" },
          ...{ "database-url": database.url, "redis-url": redis.url },
          ...more,
        },
      });

    it(
      "runs the suites against a database, Redis and the application, and keeps their reports",
      within,
      async () => {
        const result = await call({
          // act leaves running what a step has left running.
          start: "timeout 60 python server.py",
          url: `http://127.0.0.1:${port}/`,
          integration: "pytest tests/integration",
          e2e: "pytest tests/e2e",
          "third-party": "pytest tests/third",
        });
        expect(result.exitCode, result.output).toBe(0);
        expect(result.jobs).toMatchObject({
          suite: "success",
          "third-party": "success",
          "e2e-ok": "success",
        });
        expect(result.output).toMatch(/2 passed/);
        expect(readdirSync(result.artifacts).sort()).toEqual(["e2e", "integration"]);
        const kept = readFileSync(path.join(result.artifacts, "integration/reports/pytest.xml"), "utf8");
        expect(kept).toContain("test_redis");
      },
    );
  });

  describe("performance.yml", needs("act", "python-wheels"), () => {
    let server: HttpServer;
    beforeAll(async () => {
      server = await startHttpServer();
    });
    afterAll(() => server.stop());

    const scenario = (path: string): string => `from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(0.1)

    @task
    def carts(self) -> None:
        self.client.get("${path}")
`;
    // One after the other, each with Locust installed anew: the one that is red shows most.
    it.each(
      some(1, [
        { path: "/broken", well: false },
        { path: "/carts", well: true },
      ]),
    )(
      "loads $path with Locust, and the gate decides on what it wrote: $well",
      within,
      async ({ path: asked, well }) => {
        server.answer(({ url }) => ({ status: url === "/broken" ? 500 : 200 }));
        const result = await callWorkflow(repositories(), {
          workflow: "performance.yml",
          files: { "load/visit.py": scenario(asked) },
          with: {
            ...{ scenarios: '["load/visit.py"]', host: server.origin },
            ...{ users: 3, "spawn-rate": 3, duration: "2s" },
            rules: "perf.errors < 5%\nperf.success tiers 99.5/95/90\nperf.requests >= 3",
          },
        });
        expect(result.exitCode === 0, result.output).toBe(well);
        // Locust itself ends well with whatever the application answers.
        const failed = Object.entries(result.steps).flatMap(([name, end]) =>
          end === "failure" ? [name] : [],
        );
        expect(failed.map((name) => name.replace(/.*\//, ""))).toEqual(well ? [] : ["gate"]);
        expect(server.requests.filter(({ url }) => url === asked).length).toBeGreaterThan(3);
        const [kept = ""] = readdirSync(result.artifacts);
        expect(readdirSync(path.join(result.artifacts, kept, "reports"))).toContain("locust_stats.csv");
      },
    );
  });
}
