import { cpSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runAct } from "../support/act.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { needs } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { BUILT_ACTION } from "./built-action.ts";

const workflow = ".github/workflows/deploy.yml";
const files = {
  [workflow]: `
on: push
jobs:
  smoke-test:
    runs-on: ubuntu-latest
    outputs:
      passed: "\${{ steps.smoke.outputs.passed }}"
      version: "\${{ steps.smoke.outputs.version }}"
    steps:
      - uses: actions/checkout@v4
      - id: smoke
        uses: org/actions/smoke-test@v1
        with:
          config: deploy/smoke.yml
          expect-version: "\${{ github.event.version }}"
          retries: 1
          interval: 100ms
        env:
          SHOP: "\${{ env.SHOP }}"
          TOKEN: "\${{ secrets.TOKEN }}"
  notify:
    needs: smoke-test
    runs-on: ubuntu-latest
    steps:
      - run: echo "$PASSED passed, $VERSION runs"
        env:
          PASSED: "\${{ needs.smoke-test.outputs.passed }}"
          VERSION: "\${{ needs.smoke-test.outputs.version }}"
`,
  "deploy/smoke.yml": `
base-url: \${SHOP}
version: { get: /version, json: $.sha }
checks:
  - name: orders
    get: /orders
    headers: { authorization: "Bearer \${TOKEN}" }
    expect: { json: { $.count: { min: 1 } } }
`,
};

describe("a workflow with the action", needs("act"), () => {
  let release: TempDir;
  let server: HttpServer;
  beforeAll(async () => {
    release = makeTempDir("release");
    cpSync(BUILT_ACTION, path.join(release.path, "smoke-test"), { recursive: true });
    server = await startHttpServer(({ url, headers }) => {
      if (url === "/version") return { json: { sha: "abc123" } };
      return headers.authorization === "Bearer t-12345678" ? { json: { count: 3 } } : { status: 401 };
    });
  });
  afterAll(async () => {
    await server.stop();
    release.remove();
  });
  const run = (version: string) =>
    runAct({
      files,
      workflow,
      payload: { version },
      repositories: { "org/actions@v1": release.path },
      env: { SHOP: server.origin },
      secrets: { TOKEN: "t-12345678" },
    });

  it("goes on after a deployment that works, and hands its outputs over", async () => {
    const result = await run("abc123");
    expect(result.exitCode, result.log).toBe(0);
    expect(result.jobs).toEqual({ "smoke-test": "success", notify: "success" });
    expect(result.output).toContain("2 passed, abc123 runs");
    expect(result.lines.find(({ command }) => command === "summary")?.content).toContain("Smoke test passed");
    const told = result.lines.filter(({ command }) => command !== "add-mask");
    expect(JSON.stringify(told)).not.toContain("t-12345678");
  });

  it("stops after one that is not what runs, with the error at its place", async () => {
    const result = await run("def456");
    expect(result.exitCode).not.toBe(0);
    expect(result.jobs).toEqual({ "smoke-test": "failure" });
    expect(result.lines.find(({ command }) => command === "error")).toMatchObject({
      arg: expect.stringContaining("expected version def456, last seen abc123"),
      kvPairs: { file: "deploy/smoke.yml", title: "smoke-test: version" },
    });
    expect(server.requests.at(-1)?.url).toBe("/version");
  });
});
