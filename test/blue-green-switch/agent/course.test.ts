import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { needs } from "../../support/needs.ts";
import type { Started } from "../../support/started.ts";
import { type AgentHost, makeAgentHost } from "./host.ts";
import { startRouter } from "./router.ts";

const served = async (host: AgentHost) =>
  (await fetch(`http://127.0.0.1:${host.ports.router}/health`, { headers: { connection: "close" } })).text();

describe("the course of a deploy", needs("busybox", "nginx"), () => {
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

  let live: string;
  let color: string;

  beforeEach(async () => {
    ({ release: live = "", active: color = "" } = await host.status());
  });

  const file = (name: string) => path.join(host.root, "shop", name);

  /** Begins a deploy that is to wait for a word. */
  function begin(deploy: string, keys: Record<string, string | number>) {
    host.hand(deploy, {
      release: deploy,
      "health-contains": `release=${deploy};`,
      "wait-within": 20_000,
      ...keys,
    });
    return host.call(["run", "shop", deploy]);
  }

  const waits = (deploy: string, word: string) =>
    expect
      .poll(() => host.read(`log/${deploy}.events`) ?? "", { timeout: 20_000 })
      .toContain(`"waiting":"${word}"`);

  const wish = (deploy: string, word: string) => writeFileSync(file(`wishes/${deploy}.${word}`), "");

  test("held before the switch it serves beside, and goes on when told", async () => {
    const run = begin("held", { hold: 1 });
    await waits("held", "go");
    expect(await host.running()).toEqual(["blue", "green"]);
    expect(await served(host)).toContain(`release=${live};`);
    expect(await host.status()).toMatchObject({ phase: "smoked", holder: "held", "under-way": "held" });
    wish("held", "go");
    expect((await run).code).toBe(0);
    expect(await served(host)).toContain("release=held;");
  });

  test.each(["abort", "return"])("held before the switch it is undone when told %s", async (word) => {
    const run = begin(`no-${word}`, { hold: 1 });
    await waits(`no-${word}`, "go");
    wish(`no-${word}`, word);
    expect((await run).code).toBe(10);
    expect(await served(host)).toContain(`release=${live};`);
    expect(await host.running()).toEqual([color]);
  });

  test("with nobody to say go it is undone after its time", async () => {
    const run = await host.deploy("alone", { hold: 1, "wait-within": 200 });
    expect(run.code).toBe(10);
    expect(run.end?.text).toContain("Nobody said go within 200 ms.");
    expect(await host.running()).toEqual([color]);
  });

  test("one of several hosts keeps both colours until the commit, and returns unblamed when another went wrong", async () => {
    const run = begin("several", { barrier: 1 });
    await waits("several", "go");
    wish("several", "go");
    await waits("several", "commit");
    expect(await served(host)).toContain("release=several;");
    expect(await host.running()).toEqual(["blue", "green"]);
    wish("several", "return");
    const { code, end } = await run;
    expect(code).toBe(20);
    expect(end?.text).toContain("Another host went wrong.");
    expect(await served(host)).toContain(`release=${live};`);
    expect(host.read("bad/several")).toBeUndefined();
    expect(readdirSync(file("wishes"))).toEqual([]);
  });

  test("one of several hosts returns, unblamed, when nobody says anything any more", async () => {
    const run = begin("orphaned", { barrier: 1, "wait-within": 2500 });
    await waits("orphaned", "go");
    wish("orphaned", "go");
    const { code, end } = await run;
    expect(code).toBe(20);
    expect(end?.text).toContain("Nobody said within 2500 ms how the other hosts went.");
    expect(await served(host)).toContain(`release=${live};`);
    expect(host.read("bad/orphaned")).toBeUndefined();
  });

  test("all that runs being killed at once, colours too, the release comes back with the next run", async () => {
    const run = begin("rebooted", { hold: 1 });
    await waits("rebooted", "go");
    const { pid } = await host.status();
    process.kill(Number(pid), "SIGKILL");
    for (const color of ["blue", "green"] as const) host.crash(color);
    expect((await run).code).toBeNull();
    const repair = await host.call(["repair", "shop"]);
    expect(repair.code, repair.stdout).toBe(0);
    expect(await served(host)).toContain(`release=${live};`);
    expect(await host.running()).toHaveLength(1);
  });

  test("a command that outlives its killed agent is waited for", async () => {
    const marker = path.join(host.directory, "migrated");
    host.hand("migrating", {
      release: "migrating",
      "health-contains": "release=migrating;",
      migrate: `touch ${marker}.begun; while [ ! -e ${marker}.go ]; do sleep 0.05; done; touch ${marker}`,
    });
    const run = host.call(["run", "shop", "migrating"]);
    await expect.poll(() => existsSync(`${marker}.begun`), { timeout: 20_000 }).toBe(true);
    process.kill(Number((await host.status())["pid"]), "SIGKILL");
    await run;
    const repair = host.call(["repair", "shop"], { env: { BLUEGREEN_DEPLOY: "waiting" } });
    await expect
      .poll(() => host.read("log/waiting.events") ?? "", { timeout: 20_000 })
      .toContain("still at work: waiting for its end");
    expect(existsSync(marker)).toBe(false);
    writeFileSync(`${marker}.go`, "");
    expect((await repair).code).toBe(0);
    expect(existsSync(marker)).toBe(true);
  });

  test("an interrupted migration that must not run twice stops later deploys until force", async () => {
    host.hand("once", {
      release: "once",
      "health-contains": "release=once;",
      migrate: `touch ${host.directory}/once; sleep 1`,
      "migrate-repeatable": 0,
    });
    const run = host.call(["run", "shop", "once"]);
    await expect.poll(() => existsSync(path.join(host.directory, "once")), { timeout: 20_000 }).toBe(true);
    process.kill(Number((await host.status())["pid"]), "SIGKILL");
    await run;
    const next = await host.deploy("next");
    expect(next.code).toBe(10);
    expect(next.end?.text).toContain("the migration of once was interrupted");
    const dry = await host.deploy("next", { force: 1, "dry-run": 1 });
    expect(dry.end?.data["result"]).toBe("planned");
    expect(host.read("migration")).toContain("release=once");
    const forced = await host.deploy("next", { force: 1 });
    expect(forced.code).toBe(0);
  });

  test("releases beyond those to keep go, the active and the previous one never", async () => {
    for (const release of ["p1", "p2", "p3"])
      expect((await host.deploy(release, { "keep-releases": 0 })).code).toBe(0);
    expect(readdirSync(file("releases")).sort()).toEqual(["p2", "p3"]);
    const gone = await host.call(["rollback", "shop", "p1"]);
    expect(gone.code).toBe(10);
    expect(gone.stdout).toContain("There is no release p1 here. These are: p3 p2");
  });

  test("what a command prints becomes events that are JSON, whatever it is", async () => {
    const run = await host.deploy("loud", {
      "pre-switch": String.raw`printf 'quote " back \\ tab \t bell \a esc \033[31m é \377\n::error::no\n'; false`,
    });
    const output = run.events.filter(({ level }) => level === "output").map(({ text }) => text);
    expect(output[0]).toMatch(/^quote " back \\ tab \t bell {2}esc \[31m é/);
    expect(output).toContain("::error::no");
    expect(run.code).toBe(10);
  });

  test("the audit has a line for every phase, with who and what", async () => {
    const lines = (host.read("audit.jsonl") ?? "")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const held = lines.filter(({ deploy }) => deploy === "held");
    expect(held.map(({ what }) => what)).toEqual([
      ...["prepared", "pulled", "started", "healthy", "smoked", "switching", "switched"],
      ...["committed", "draining", "retired", "end"],
    ]);
    expect(held.at(-1)).toMatchObject({ actor: "somebody", run: "https://ci.example/runs/1", code: "0" });
  });
});
