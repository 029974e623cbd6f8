import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type DockerEngine,
  type Registry,
  startDockerEngine,
  startRegistry,
} from "../support/docker-engine.ts";
import { needs } from "../support/needs.ts";
import type { Started } from "../support/started.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { leaks } from "../validate-secrets/leaks.ts";
import { COMPOSE, containerKeys } from "./agent/containers.ts";
import { describeContainers } from "./agent/containers-cases.ts";
import { type AgentHost, type AgentRun, makeAgentHost, type PlanKeys } from "./agent/host.ts";
import { startRouter } from "./agent/router.ts";
import { watchProcessesOf } from "./processes-of.ts";
import { startShopHost, switchOn } from "./shop-host.ts";

const SERVE = `mkdir -p /www
echo "release=$RELEASE; color=$COLOR; greeting=$GREETING;" >/www/health
exec httpd -f -p 8080 -h /www
`;
// Answers well for a moment, and dies: between two crashes it looks alive.
const LOOP = `mkdir -p /www
echo "release=$RELEASE;" >/www/health
httpd -p 8080 -h /www
sleep 0.4
echo "out of luck"
exit 3
`;

// Each test goes on from what the one before it has left.
describe("a host with a Docker Engine", {
  ...needs("docker", "docker-compose", "docker-registry", "nginx", "busybox", "namespaces", "sshd"),
  timeout: 90_000,
}, () => {
  let engine: DockerEngine;
  let registry: Registry;
  let host: AgentHost;
  let router: Started;
  let digest = "";
  beforeAll(async () => {
    engine = await startDockerEngine();
    registry = await startRegistry();
    await engine.image("shop:well", SERVE);
    await engine.image("shop:loop", LOOP);
    await engine.image("shop:mute", "sleep 1000\n");
    host = await makeAgentHost({ router: "nginx", path: process.env["PATH"] ?? "" });
    router = await startRouter(host, "nginx");
  }, 120_000);
  afterAll(async () => {
    await router?.stop();
    await engine?.stop();
    await registry?.stop();
    host?.remove();
  }, 60_000);

  const deploy = (release: string, keys: PlanKeys = {}): Promise<AgentRun> =>
    host.deploy(release, { ...containerKeys, ...keys }, { env: engine.env });
  const call = (...words: readonly string[]) =>
    host.call(words, { env: { ...engine.env, BLUEGREEN_DEPLOY: `call-${words[0]}` } });
  const served = async () =>
    (
      await fetch(`http://127.0.0.1:${host.ports.router}/health`, { headers: { connection: "close" } })
    ).text();
  /** State and name of every container. */
  const containers = async () =>
    (await engine.docker("ps", "-a", "--format", "{{.Names}} {{.State}}")).split("\n").sort();

  it("runs containers with labels, and stops the old colour's for good", async () => {
    expect((await deploy("r1", { image: "shop:well" })).end?.data).toMatchObject({ code: "0" });
    expect((await deploy("r2", { image: "shop:well" })).end?.data).toMatchObject({
      code: "0",
      active: "green",
    });
    expect(await served()).toContain("release=r2;");
    expect(await containers()).toEqual(["shop-blue exited", "shop-green running"]);
    const policies = await engine.docker(
      "inspect",
      "-f",
      "{{.HostConfig.RestartPolicy.Name}}",
      "shop-blue",
      "shop-green",
    );
    expect(policies.split("\n")).toEqual(["no", "unless-stopped"]);
  });

  it("does not take a crash loop for alive, nor a port that accepts for an application", async () => {
    const loop = await deploy("loop", {
      image: "shop:loop",
      "health-within": 4_000,
      // Longer than one life of it: between two crashes it answers well.
      "health-interval": 800,
      "health-consecutive": 3,
    });
    expect(loop.end?.data, JSON.stringify(loop.events)).toMatchObject({
      code: "10",
      result: "aborted",
      release: "r2",
    });
    expect(loop.events.map(({ text }) => text)).toContain("out of luck");
    const mute = await deploy("mute", { image: "shop:mute", "health-within": 1_500 });
    expect(mute.end?.data).toMatchObject({ code: "10", result: "aborted" });
    expect(await served()).toContain("release=r2;");
    expect(await containers()).not.toContain("shop-blue running");
  });

  it("leaves no container behind when its port is taken in the last moment", async () => {
    const pid = path.join(host.directory, "taker.pid");
    const { end, events } = await deploy("r3", {
      image: "shop:well",
      migrate: `busybox httpd -f -p 127.0.0.1:$PORT -h ${host.directory} >/dev/null 2>&1 & echo $! >${pid}; sleep 0.3`,
    });
    process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
    expect(end?.data, JSON.stringify(events)).toMatchObject({ code: "10", result: "aborted" });
    expect(await containers()).toEqual(["shop-green running"]);
  });

  it("pulls by digest with a login that nothing keeps, and gives the environment by a file", async () => {
    const { address, user, password } = registry;
    const reference = `${address}/shop`;
    await engine.docker("tag", "shop:well", `${reference}:1`);
    await engine.docker("login", "-u", user, "-p", password, address);
    await engine.docker("push", "-q", `${reference}:1`);
    digest = await engine.docker("inspect", "-f", "{{index .RepoDigests 0}}", `${reference}:1`);
    await engine.docker("logout", address);
    await engine.docker("rmi", `${reference}:1`);
    const deployId = "pull";
    const keys = {
      image: digest,
      "image-pull": 1,
      registry: address,
      "registry-user": user,
      "env-file-1": "env",
    };
    const files = { "registry-password": password, env: "GREETING=hello you\n" };
    host.hand(
      "refused",
      { ...containerKeys, ...keys, release: "r4", "health-contains": "release=r4;" },
      { ...files, "registry-password": "wrong" },
    );
    const refused = await host.call(["run", "shop", "refused"], { env: engine.env });
    expect(refused.end?.data).toMatchObject({ code: "10", result: "aborted", release: "r2" });
    host.hand(
      deployId,
      { ...containerKeys, ...keys, release: "r4", "health-contains": "release=r4;" },
      files,
    );
    const { end, events } = await host.call(["run", "shop", deployId], { env: engine.env });
    expect(end?.data, JSON.stringify(events)).toMatchObject({ code: "0", release: "r4", digest });
    expect(await served()).toContain("greeting=hello you;");
    expect(filesWith(host.root, password)).toEqual([]);
    expect(JSON.stringify(events)).not.toContain(password);
  });

  it("does not pull when the disk would be full", async () => {
    const { end, events } = await deploy("r5", {
      image: `${registry.address}/shop:1`,
      "image-pull": 1,
      "disk-free": 900_000_000_000,
    });
    expect(end?.data).toMatchObject({ code: "10", result: "aborted" });
    expect(events.map(({ text }) => text).join("\n")).toContain("Too little disk space");
  });

  it("brings the live release back when the host was rebooted in the middle", async () => {
    const running = deploy("r6", { image: "shop:well", stability: 4_000 });
    const over = running.then(({ events }) => Promise.reject(new Error(JSON.stringify(events))));
    over.catch(() => undefined);
    while (!(await Promise.race([served(), over])).includes("release=r6;"));
    const pid = Number(/^pid=(\d+)$/m.exec(host.read("owner") ?? "")?.[1]);
    process.kill(-pid, "SIGKILL");
    await engine.kill();
    expect((await running).code).toBe(null);
    await engine.again();
    const { code, events } = await call("repair", "shop");
    expect(code, JSON.stringify(events)).toBe(0);
    expect((await host.status())["release"]).toBe("r6");
    expect(await served()).toContain("release=r6;");
    expect((await containers()).filter((one) => one.endsWith(" running"))).toHaveLength(1);
  });

  it("removes the images of releases that are not kept, and no other", async () => {
    await engine.image("stranger:1", "sleep 1\n");
    for (const release of ["r7", "r8", "r9"]) {
      await engine.image(`shop:${release}`, `${SERVE}# ${release}\n`);
      expect(
        (await deploy(release, { image: `shop:${release}`, "keep-releases": 0 })).end?.data,
      ).toMatchObject({ code: "0" });
    }
    const images = (await engine.docker("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n");
    expect(images).toEqual(expect.arrayContaining(["shop:r9", "shop:r8", "stranger:1"]));
    expect(images).not.toContain("shop:r7");
    expect((await call("rollback", "shop")).end?.data).toMatchObject({ code: "0", release: "r8" });
  });

  it("is deployed to over SSH with Compose, whose secrets no process shows", async () => {
    const host = await startShopHost(undefined, engine.env);
    const workspace = makeTempDir("compose");
    const file = path.join(workspace.path, "compose.yml");
    writeFileSync(file, COMPOSE);
    const { address, user, password } = registry;
    const config = {
      start: { compose: file, service: "web" },
      health: { path: "/health", contains: "release=${release};", consecutive: 2, interval: "100ms" },
      migrate: { command: "docker compose run --rm web sh -c 'echo migrated for $RELEASE with $GREETING'" },
      env: ["GREETING"],
      registry: { server: address, user, password: "REGISTRY_PASSWORD" },
      ...{ stability: "500ms", settle: "0s", drain: "0s", "stop-within": "2s" },
    };
    const secrets = { password, greeting: "gr33ting-$HOME-'7 5'" };
    const env = { GREETING: secrets.greeting };
    const deploy = (release: string, REGISTRY_PASSWORD: string) =>
      switchOn(host, { release, image: digest }, config, { ...env, REGISTRY_PASSWORD }).done;
    // The other host's: it had the same names.
    await engine.docker("rm", "-f", "shop-blue", "shop-green");
    await engine.docker("rmi", digest).catch(() => "");

    const refused = await deploy("c0", "wrong-5-wrong");
    expect(refused.outputs, refused.log).toMatchObject({ result: "aborted", phase: "aborting" });
    expect(refused.log).toContain(`The registry ${address} refused the login of ${user}`);
    const stopWatching = watchProcessesOf(engine.env["DOCKER_HOST"] ?? "");
    const first = await deploy("c1", password);
    const seen = stopWatching();
    expect(first.outputs, first.log).toMatchObject({ result: "deployed", active: "blue", digests: digest });
    expect(first.log).toContain("The migration is done.");
    expect(seen).toContain("compose");
    expect(leaks({ seen, log: first.log, summary: first.summary }, secrets)).toEqual([]);
    expect((await host.served()).text).toContain(`release=c1; color=blue; greeting=${secrets.greeting};`);

    const second = await deploy("c2", password);
    expect(second.outputs, second.log).toMatchObject({ result: "deployed", active: "green", previous: "c1" });
    expect((await containers()).filter((one) => one.startsWith("shop-"))).toEqual(
      expect.arrayContaining(["shop-blue-web-1 exited", "shop-green-web-1 running"]),
    );
    await host.stop();
    workspace.remove();
  });

  describeContainers(() => engine);
});

/** The files below a folder with a text in them. */
function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => readFileSync(file, "utf8").includes(text));
}
