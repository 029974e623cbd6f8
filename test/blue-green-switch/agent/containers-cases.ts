import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DockerEngine } from "../../support/docker-engine.ts";
import type { Started } from "../../support/started.ts";
import { containerKeys } from "./containers.ts";
import { type AgentHost, makeAgentHost, type PlanKeys } from "./host.ts";
import { startRouter } from "./router.ts";

const serve = (code: string) => `mkdir -p /www
echo "release=$RELEASE; code=${code};" >/www/health
exec httpd -f -p 8080 -h /www
`;
const image: PlanKeys = { ...containerKeys, image: "shop:latest", "stop-within": 1_000 };

/** What agents do to each other's containers, and to images that change their tags, on an engine that has started. */
export function describeContainers(started: () => DockerEngine): void {
  describe("and an application of its own", () => {
    let engine: DockerEngine;
    let host: AgentHost;
    let router: Started;

    beforeAll(async () => {
      engine = started();
      // Those of other hosts have the same names.
      const others = (await engine.docker("ps", "-aq")).split("\n").filter((id) => id !== "");
      if (others.length > 0) await engine.docker("rm", "-f", ...others);
      host = await makeAgentHost({ keys: image });
      router = await startRouter(host, "nginx");
    }, 60_000);

    afterAll(async () => {
      await router?.stop();
      host?.remove();
    }, 60_000);

    const options = () => ({ env: engine.env });
    const served = async () =>
      (
        await fetch(`http://127.0.0.1:${host.ports.router}/health`, { headers: { connection: "close" } })
      ).text();

    test("a rollback brings back the image that the release had, wherever its tag has gone", async () => {
      for (const release of ["r1", "r2"]) {
        await engine.image("shop:latest", serve(release));
        const { end, stderr } = await host.deploy(release, {}, options());
        expect(end?.data, stderr).toMatchObject({ code: "0", release });
        expect(await served()).toBe(`release=${release}; code=${release};\n`);
      }
      const { code, stdout } = await host.call(["rollback", "shop"], options());
      expect(code, stdout).toBe(0);
      expect(await served()).toBe("release=r1; code=r1;\n");
    });

    test("an application of the same name with another folder keeps its containers", async () => {
      const staging = await makeAgentHost({ keys: image });
      const beside = await startRouter(staging, "nginx");
      try {
        const { code, events } = await staging.deploy("s1", {}, options());
        expect(await served()).toBe("release=r1; code=r1;\n");
        expect(code).toBe(10);
        expect(events.map(({ text }) => text).join("\n")).toContain("no deploy has started from");
      } finally {
        await beside.stop();
        staging.remove();
      }
    });

    test("a container of a migration whose client was ended is ended too", async () => {
      // As `docker compose run` labels it; its first process does not listen to SIGTERM.
      const labels = `--label bluegreen.home=${host.root}/shop --label bluegreen.color=$COLOR`;
      const migrate = `docker run -d --name migration ${labels} shop:latest sleep 1000; false`;
      const { code } = await host.deploy("r3", { migrate }, options());
      expect(code).toBe(10);
      expect(await engine.docker("inspect", "-f", "{{.State.Running}}", "migration")).toBe("false");
      expect(await served()).toBe("release=r1; code=r1;\n");
    });
  });
}
