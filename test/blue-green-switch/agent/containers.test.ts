import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DockerEngine, startDockerEngine } from "../../support/docker-engine.ts";
import { needs } from "../../support/needs.ts";
import type { Started } from "../../support/started.ts";
import { type AgentHost, makeAgentHost, type PlanKeys } from "./host.ts";
import { startRouter } from "./router.ts";

const serve = (code: string) => `mkdir -p /www
echo "release=$RELEASE; code=${code};" >/www/health
exec httpd -f -p 8080 -h /www
`;
const image: PlanKeys = {
  start: "image",
  image: "shop:latest",
  "image-port": 8080,
  "image-pull": 0,
  "start-command": null,
  "stop-command": null,
  "health-within": 20_000,
  "stop-within": 1_000,
};

describe("containers of a Docker Engine", {
  ...needs("docker", "nginx", "busybox", "namespaces"),
  timeout: 60_000,
}, () => {
  let engine: DockerEngine;
  let host: AgentHost;
  let router: Started;

  beforeAll(async () => {
    engine = await startDockerEngine();
    host = await makeAgentHost({ keys: image });
    router = await startRouter(host, "nginx");
  }, 60_000);

  afterAll(async () => {
    await router?.stop();
    await engine?.stop();
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
    const migrate = `docker run --name migration ${labels} shop:latest sleep 1000`;
    const { code } = await host.deploy("r3", { migrate, "migrate-within": 1_500 }, options());
    expect(code).toBe(10);
    expect(await engine.docker("inspect", "-f", "{{.State.Running}}", "migration")).toBe("false");
    expect(await served()).toBe("release=r1; code=r1;\n");
  });
});
