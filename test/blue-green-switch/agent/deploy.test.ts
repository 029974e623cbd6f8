import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../../support/needs.ts";
import type { Started } from "../../support/started.ts";
import { type AgentHost, makeAgentHost } from "./host.ts";
import { startRouter } from "./router.ts";

describe.each(["nginx", "haproxy", "caddy"] as const)(
  "behind %s",
  needs("busybox", "nginx", "haproxy", "caddy"),
  (kind) => {
    let host: AgentHost;
    let router: Started;

    beforeAll(async () => {
      host = await makeAgentHost({ router: kind });
      router = await startRouter(host, kind);
    });

    afterAll(async () => {
      await router?.stop();
      host?.remove();
    });

    const served = async () =>
      (
        await fetch(`http://127.0.0.1:${host.ports.router}/health`, { headers: { connection: "close" } })
      ).text();

    test("a first release, a second one, and the way back", async () => {
      const first = await host.deploy("r1");
      expect(first.end?.text, first.stderr).toBe("r1 is live on blue.");
      expect(first.code).toBe(0);
      expect(await served()).toBe("release=r1; color=blue\n");

      const second = await host.deploy("r2");
      expect(second.end?.data).toMatchObject({
        code: "0",
        result: "deployed",
        active: "green",
        release: "r2",
      });
      expect(second.end?.data).toMatchObject({
        previous: "blue",
        "previous-release": "r1",
        "downtime-ms": "0",
      });
      expect(await served()).toBe("release=r2; color=green\n");
      expect(await host.running()).toEqual(["green"]);

      // What it serves outlives the router.
      await router.stop();
      router = await startRouter(host, kind);
      expect(await served()).toBe("release=r2; color=green\n");

      const back = await host.call(["rollback", "shop"]);
      expect(back.code, back.stdout + back.stderr).toBe(0);
      expect(await served()).toBe("release=r1; color=blue\n");
      expect(await host.running()).toEqual(["blue"]);
      expect([first, second, back].map(({ stderr }) => stderr)).toEqual(["", "", ""]);
    });

    test("maintenance answers 503 to everybody, and deploys and rollbacks are refused until its end", async () => {
      expect((await host.call(["maintenance", "shop", "on"])).code).toBe(0);
      const answer = await fetch(`http://127.0.0.1:${host.ports.router}/health`);
      expect(answer.status).toBe(503);
      const refused = await host.deploy("r3");
      expect(refused.code).toBe(10);
      expect(refused.end?.text).toContain(
        "maintenance is on: nothing could be proven through the router. End it first, by the operation maintenance-off, or here: bluegreen maintenance shop off.",
      );
      const back = await host.call(["rollback", "shop"]);
      expect(back.code).toBe(10);
      expect(back.stdout).toContain("maintenance is on");
      expect((await host.call(["maintenance", "shop", "off"])).code).toBe(0);
      expect(await served()).toBe("release=r1; color=blue\n");
    });
  },
);
