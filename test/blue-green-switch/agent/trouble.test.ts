import { chmodSync, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { needs } from "../../support/needs.ts";
import type { Started } from "../../support/started.ts";
import { type AgentHost, makeAgentHost } from "./host.ts";
import { startRouter } from "./router.ts";

describe("a host with a release that serves", needs("busybox", "nginx"), () => {
  let host: AgentHost;
  let router: Started;

  beforeAll(async () => {
    host = await makeAgentHost();
    router = await startRouter(host, "nginx");
    await host.deploy("good");
  });

  afterAll(async () => {
    await router?.stop();
    host?.remove();
  });

  const file = (name: string) => path.join(host.root, "shop", name);
  const served = async () =>
    (
      await fetch(`http://127.0.0.1:${host.ports.router}/health`, { headers: { connection: "close" } })
    ).text();
  let before: string;
  let live: string;

  beforeEach(async () => {
    const { active = "", release = "" } = await host.status();
    [before, live] = [active, release];
  });

  /** What was live before the test serves, alone, and nothing is under way. */
  async function expectAsBefore() {
    expect(await served()).toBe(`release=${live}; color=${before}\n`);
    expect(await host.running()).toEqual([before]);
    expect(await host.status()).toMatchObject({
      release: live,
      active: before,
      router: before,
      phase: "",
      holder: "",
    });
    expect(readdirSync(file("incoming")).filter((name) => name !== "snippet")).toEqual([]);
    expect(readdirSync(file("wishes"))).toEqual([]);
  }

  test("a release that cannot start is undone, and its output is told", async () => {
    host.behave("broken", "fails-to-start");
    const run = await host.deploy("broken");
    expect(run.code).toBe(10);
    expect(run.end?.data["result"]).toBe("aborted");
    expect(run.events.filter(({ level }) => level === "output").map(({ text }) => text)).toContain(
      "cannot start broken",
    );
    expect(host.read("releases/broken/plan")).toBeUndefined();
    await expectAsBefore();
  });

  test("a release that never becomes healthy is stopped, and what it said is told", async () => {
    host.behave("unready", "never");
    const run = await host.deploy("unready", { "health-within": 600 });
    expect(run.code).toBe(10);
    expect(run.end?.text).toBe(`unready never became healthy. ${before} goes on serving as before.`);
    const texts = run.events.map(({ text }) => text);
    expect(texts).toContain("hello from unready");
    expect(texts.join("\n")).toContain('status 200, and the body lacks "release=unready;": not ready');
    await expectAsBefore();
  });

  test("a process that starts and does not listen is not healthy", async () => {
    host.behave("silent", "mute");
    const run = await host.deploy("silent", { "health-within": 400 });
    expect(run.code).toBe(10);
    expect(run.events.map(({ text }) => text).join("\n")).toContain("no answer: nobody listens there");
    await expectAsBefore();
  });

  test("a release that is good by itself and wrong through the router comes back, and is refused until forced", async () => {
    // The router has no such page, so the answer through it is 404.
    const url = `http://127.0.0.1:${host.ports.router}/other`;
    const run = await host.deploy("wrong", { "public-url": url, "health-within": 25_000 });
    expect(run.code).toBe(20);
    // People got no answer either, so its time to become healthy was not waited for.
    expect(Number(run.end?.data["downtime-ms"])).toBeLessThan(20_000);
    expect(run.end?.data["result"]).toBe("rolled-back");
    await expectAsBefore();
    expect(host.read("bad/wrong")).toContain("404");
    const again = await host.deploy("wrong");
    expect(again.code).toBe(10);
    expect(again.end?.text).toContain("wrong was rolled back on");
    await expectAsBefore();
    const forced = await host.deploy("wrong", { force: 1 });
    expect(forced.code).toBe(0);
    expect(host.read("bad/wrong")).toBeUndefined();
    expect(await served()).toContain("release=wrong;");
  });

  test("a release that turns sick in its window comes back at once", async () => {
    const run = host.deploy("fever", {
      stability: 20_000,
      "post-switch": `rm ${host.directory}/www-$COLOR/health`,
    });
    const { code, end } = await run;
    expect(code).toBe(20);
    expect(end?.text).toContain("Three requests in a row failed through the router: status 404");
    expect(Number(end?.data["downtime-ms"])).toBeGreaterThan(0);
    await expectAsBefore();
  });

  test.each([
    ["pre-switch", 10],
    ["post-switch", 20],
  ])("a %s command that fails stops the deploy with %i", async (key, code) => {
    const run = await host.deploy(`hook-${key}`, { [key]: "echo it is $PORT; umask; exit 4" });
    expect(run.code).toBe(code);
    expect(run.events.map(({ text }) => text)).toContain("0022");
    expect(run.events.some(({ level, text }) => level === "output" && /^it is \d+$/.test(text))).toBe(true);
    await expectAsBefore();
  });

  test("a command that takes too long is ended", async () => {
    const run = await host.deploy("slow-hook", { "pre-switch": "sleep 60", "hook-within": 300 });
    expect(run.code).toBe(10);
    expect(run.events.map(({ text }) => text)).toContain("pre-switch took longer than 300 ms and was ended.");
    await expectAsBefore();
  });

  test("a migration that fails ends the deploy before anything is started", async () => {
    const run = await host.deploy("migrated", { migrate: "echo no such table; false" });
    expect(run.code).toBe(10);
    expect(run.events.map(({ phase }) => phase)).not.toContain("started");
    expect(run.events.map(({ text }) => text)).toContain("no such table");
    await expectAsBefore();
  });

  test("the same release again changes nothing", async () => {
    const starts = host.read("../../starts");
    const run = await host.deploy(live);
    expect(run.end?.data).toMatchObject({ code: "0", result: "unchanged" });
    expect(host.read("../../starts")).toBe(starts);
    await expectAsBefore();
  });

  test("the same release with other settings goes live anew, and its old files come back when it fails", async () => {
    const failed = await host.deploy(live, { "stop-within": 4000, "pre-switch": "false" });
    expect(failed.code).toBe(10);
    expect(host.read(`releases/${live}/plan`)).not.toContain("stop-within=4000");
    await expectAsBefore();
    const run = await host.deploy(live, { "stop-within": 4000 });
    expect(run.end?.data).toMatchObject({ code: "0", result: "deployed" });
    before = before === "blue" ? "green" : "blue";
    await expectAsBefore();
  });

  test("a dry run says what it would do and does nothing", async () => {
    const run = await host.deploy("tomorrow", { "dry-run": 1 });
    expect(run.end?.data["result"]).toBe("planned");
    expect(run.end?.text).toMatch(/^Would start tomorrow as (blue|green) on port \d+, switch from/);
    expect(host.read("releases/tomorrow/plan")).toBeUndefined();
    await expectAsBefore();
  });

  test("a plan with mistakes is refused with all of them", async () => {
    const run = await host.deploy("odd", {
      colour: "red",
      "app deploy": "shop",
      drain: "soon",
      stability: "030",
      settle: null,
      router: "traefik",
    });
    expect(run.code).toBe(64);
    for (const part of [
      "unknown key: colour",
      "unknown key: app deploy",
      "drain is no whole number",
      "stability is no whole number",
      "settle is missing",
      "router is none of",
    ]) {
      expect(run.end?.text).toContain(part);
    }
    await expectAsBefore();
  });

  test("a port that somebody else serves is left to them", async () => {
    const idle = before === "blue" ? "green" : "blue";
    const { createServer } = await import("node:http");
    const stranger = createServer((_, response) => response.end("mine"));
    await new Promise<void>((resolve) => stranger.listen(host.ports[idle], "127.0.0.1", resolve));
    const run = await host.deploy("crowded");
    expect(await (await fetch(`http://127.0.0.1:${host.ports[idle]}/`)).text()).toBe("mine");
    stranger.closeAllConnections();
    await new Promise((resolve) => stranger.close(resolve));
    expect(run.code).toBe(10);
    expect(run.end?.text).toContain(`port ${host.ports[idle]}, which ${idle} needs, is served by something`);
    await expectAsBefore();
  });

  test("two deploys at once: the second one is told who is busy", async () => {
    const go = path.join(host.directory, "go");
    const wait = `touch ${host.directory}/begun; while [ ! -e ${go} ]; do sleep 0.05; done; false`;
    const first = host.deploy("slow", { "pre-switch": wait });
    await expect.poll(() => existsSync(path.join(host.directory, "begun")), { timeout: 20_000 }).toBe(true);
    const second = await host.deploy("quick");
    expect(second.code).toBe(75);
    expect(second.end?.data["result"]).toBe("busy");
    expect(second.end?.data["holder"]).toMatch(/^d\d+$/);
    expect((await host.status())["holder"]).toBe(second.end?.data["holder"]);
    writeFileSync(go, "");
    expect((await first).code).toBe(10);
    await expectAsBefore();
  });

  test("a router that was changed by hand stops everything, until it is set back or force is given", async () => {
    const flag = file("switch/green");
    if (before === "blue") writeFileSync(flag, "");
    else rmSync(flag);
    const run = await host.deploy("surprised");
    expect(run.code).toBe(30);
    expect(run.end?.text).toContain("nobody wrote down a change");
    if (before === "blue") rmSync(flag);
    else writeFileSync(flag, "");
    await expectAsBefore();
  });

  test("a folder that the router's workers may not enter is noticed before anything is done", async () => {
    chmodSync(file("."), 0o700);
    // The agent itself opens its folder; the one above it belongs to the administrator.
    chmodSync(host.root, 0o700);
    const run = await host.deploy("hidden");
    chmodSync(host.root, 0o711);
    expect(run.code).toBe(10);
    expect(run.end?.text).toContain(`chmod o+x ${host.root}`);
    await expectAsBefore();
  });

  test("a journal that cannot be written stops the deploy before anything is done", async () => {
    mkdirSync(file("journal.new"));
    const run = await host.deploy("unwritten");
    rmdirSync(file("journal.new"));
    expect(run.code).toBe(10);
    expect(run.end?.text).toContain("The journal cannot be written");
    await expectAsBefore();
  });

  test("a state that was lost is written anew from what the router serves", async () => {
    for (const text of ["", "\0\0\0\0", "active=\n"]) {
      writeFileSync(file("state"), text);
      const run = await host.call(["repair", "shop"]);
      expect(run.code, run.stdout).toBe(0);
      expect(run.stdout).toContain("What was committed was lost");
      await expectAsBefore();
    }
  });

  test("a journal that cannot be read stops everything, and force puts it aside", async () => {
    writeFileSync(file("journal"), "\0\0\0");
    expect((await host.call(["repair", "shop"])).code).toBe(30);
    const run = await host.call(["repair", "shop", "force"]);
    expect(run.code, run.stdout).toBe(0);
    await expectAsBefore();
  });

  test("a colour that died is started by the next run", async () => {
    host.crash(before as "blue" | "green");
    const run = await host.call(["repair", "shop"]);
    expect(run.code, run.stdout).toBe(0);
    expect(run.stdout).toContain("does not run: starting it");
    await expectAsBefore();
  });

  test("behind a migration that cannot be undone a bad release stays, and says so", async () => {
    const run = await host.deploy("onward", {
      migrate: "true",
      "migrate-irreversible": 1,
      "post-switch": "false",
    });
    expect(run.code).toBe(22);
    expect(run.end?.data["result"]).toBe("error");
    expect(await served()).toContain("release=onward;");
    expect(await host.status()).toMatchObject({ release: "onward", phase: "" });
    expect((await host.running()).length).toBe(1);
    expect(host.read("bad/onward")).toContain("The command after the switch failed");
  });
});
