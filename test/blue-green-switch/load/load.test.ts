import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { runs } from "../../support/effort.ts";
import { needs } from "../../support/needs.ts";
import { type AgentHost, makeAgentHost } from "../agent/host.ts";
import { startRouter } from "../agent/router.ts";
import { begin, beginSocket } from "./in-flight.ts";
import { startLoad } from "./load.ts";
import { webApp } from "./web-colors.ts";

const TIMEOUT = process.env["SOAK"] === "1" ? 600_000 : 60_000;

let clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of clean.reverse()) await one();
  clean = [];
});

describe.each(["nginx", "haproxy", "caddy"] as const)("clients of a shop behind %s", (router) => {
  it("lose no request and get no wrong answer in switch after switch, on kept and on new connections", {
    ...needs(router),
    timeout: TIMEOUT,
  }, async () => {
    const host = await shop(router);
    const url = `http://127.0.0.1:${host.ports.router}/health`;
    const load = startLoad({ url, keepAlive: 8, closing: 8, pauseMs: 5 });
    const releases = Array.from({ length: runs(2, 20) }, (_, index) => `r${index + 2}`);
    for (const release of releases) {
      const answered = load.answered(release);
      const { end } = await host.deploy(release, webApp(host));
      expect(end?.data).toMatchObject({ code: "0", result: "deployed", release, "downtime-ms": "0" });
      await answered;
    }
    const { requests, reused, medianMs: _, ...bad } = await load.stop();
    expect(bad).toEqual({ lost: 0, wrong: 0, examples: [] });
    expect(reused).toBeGreaterThan(0);
    expect(requests - reused).toBeGreaterThan(0);
  });

  it("get to its end what the old release has begun: a slow answer, a stream, a WebSocket", {
    ...needs(router),
    timeout: TIMEOUT,
  }, async () => {
    const host = await shop(router);
    const until = path.join(host.directory, "now");
    const address = (name: string) =>
      `http://127.0.0.1:${host.ports.router}/${name}?until=${encodeURIComponent(until)}`;
    const all = [begin(address("slow")), begin(address("stream")), beginSocket(address("socket"))];
    await there(...["slow", "stream", "socket"].map((name) => `${until}.${name}`));
    const deployed = host.deploy("r2", { ...webApp(host), drain: 20_000 });
    await served(host, "r2");
    writeFileSync(until, "");
    const [slow, stream, socket] = await Promise.all(all.map(({ whole }) => whole));
    expect(slow).toBe("release=r1;\n");
    expect(stream).toMatch(/^first\n(more\n)*last of r1\n$/);
    expect(socket).toMatch(/first.*last of r1$/s);
    expect((await deployed).end?.data).toMatchObject({ code: "0", release: "r2" });
  });
});

async function shop(router: "nginx" | "haproxy" | "caddy"): Promise<AgentHost> {
  const host = await makeAgentHost({ router });
  clean.push(() => host.remove());
  const started = await startRouter(host, router);
  clean.push(() => started.stop());
  const { end } = await host.deploy("r1", webApp(host));
  expect(end?.data).toMatchObject({ code: "0", release: "r1" });
  return host;
}

/** Resolves when the router serves a release. */
async function served(host: AgentHost, release: string): Promise<void> {
  const url = `http://127.0.0.1:${host.ports.router}/health`;
  for (;;) {
    const answer = await fetch(url, { headers: { connection: "close" } });
    if ((await answer.text()).includes(`release=${release};`)) return;
  }
}

/** Resolves when all of the files are there. */
async function there(...files: readonly string[]): Promise<void> {
  while (!files.every((file) => existsSync(file))) await new Promise((resolve) => setTimeout(resolve, 20));
}
