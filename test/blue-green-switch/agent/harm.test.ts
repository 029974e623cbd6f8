import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isRunning } from "../../support/is-running.ts";
import { needs } from "../../support/needs.ts";
import type { Started } from "../../support/started.ts";
import { begin } from "../load/in-flight.ts";
import { webApp } from "../load/web-colors.ts";
import { type CommandHost, startCommandHost } from "./command-router.ts";
import { withCrashes } from "./crash.ts";
import { type AgentHost, makeAgentHost } from "./host.ts";
import { startRouter } from "./router.ts";

const run = promisify(execFile);

type Color = "blue" | "green";

// What would lose a request, a state or a colour if nobody had thought of it.
describe("behind nginx", needs("busybox", "nginx"), () => {
  let host: AgentHost;
  let router: Started;

  beforeAll(async () => {
    host = await makeAgentHost({ change: withCrashes });
    router = await startRouter(host, "nginx");
    expect((await host.deploy("good")).code).toBe(0);
  });

  afterAll(async () => {
    await router?.stop();
    host?.remove();
  });

  const file = (name: string) => path.join(host.root, "shop", name);
  const url = () => `http://127.0.0.1:${host.ports.router}`;
  const served = async () => (await fetch(`${url()}/health`, { headers: { connection: "close" } })).text();

  const other = (one: Color): Color => (one === "blue" ? "green" : "blue");
  let release = "";
  let color: Color = "blue";

  beforeEach(async () => {
    const status = await host.status();
    release = status["release"] ?? "";
    color = status["active"] as Color;
  });

  /** What served before the test serves, alone, and nothing is under way. */
  async function expectAsBefore() {
    expect(await served()).toBe(`release=${release}; color=${color}\n`);
    expect(await host.running()).toEqual([color]);
    expect(await host.status()).toMatchObject({ release, active: color, phase: "", holder: "" });
  }

  test("a switch that the file system refuses is returned and told", async () => {
    // Nothing can be made there.
    symlinkSync(path.join(host.directory, "nowhere/green"), file("switch/green"));
    const { code, end, stderr } = await host.deploy("unswitched");
    rmSync(file("switch/green"), { force: true });
    expect(code, stderr).toBe(20);
    expect(end?.text).toContain("The router did not take the switch.");
    await expectAsBefore();
  });

  test("what a migration has started does not go on behind its time limit", async () => {
    const pid = path.join(host.directory, "stubborn");
    // Ends with SIGTERM itself; what stands before the pipe does not.
    const stubborn = `sh -c 'trap "" TERM; echo $$ >${pid}; while :; do sleep 0.1; done' | cat`;
    const { code, events } = await host.deploy("stubborn", { migrate: stubborn, "migrate-within": 500 });
    expect(isRunning(Number(readFileSync(pid, "utf8")))).toBe(false);
    expect(code).toBe(10);
    expect(events.map(({ text }) => text)).toContain("migrate took longer than 500 ms and was ended.");
    await expectAsBefore();
  });

  test("a command that prints without an end is heard to its end and fills no disk: its first and last words are kept", async () => {
    const size = path.join(host.directory, "size");
    host.hand("endless", {
      release: "endless",
      "health-contains": "release=endless;",
      "pre-switch": `echo first; yes | head -c 30000000; du -k ${file("log")} >${size}; echo; echo last; false`,
    });
    const { code, end, events } = await host.call(["run", "shop", "endless"]);
    expect(code, end?.text).toBe(10);
    expect(Number.parseInt(readFileSync(size, "utf8"), 10)).toBeLessThan(2_000);
    expect(events.map(({ text }) => text)).toContain("last");
    const kept = host.read("log/endless.out") ?? "";
    expect(/^first\n[y\n]+\[Here output was left out\.\]\n[y\n]+last\n$/.test(kept)).toBe(true);
    expect(kept.length).toBeLessThan(1_100_000);
    await expectAsBefore();
  });

  test("a daemon of such a command goes on printing, and nobody waits for it", async () => {
    const pid = path.join(host.directory, "chatty");
    const chatty = `setsid sh -c 'echo $$ >${pid}; while :; do echo chat; sleep 0.02; done' & false`;
    const { code } = await host.deploy("chatty", { "pre-switch": chatty });
    const daemon = Number(readFileSync(pid, "utf8"));
    const lives = isRunning(daemon);
    process.kill(-daemon, "SIGKILL");
    expect(lives).toBe(true);
    expect(code).toBe(10);
    await expectAsBefore();
  });

  test("what a start prints without an end is cut while it lasts", async () => {
    const log = `${file("log")}/$DEPLOY.color`;
    const { end } = await host.deploy("noisy", {
      "start-command": `head -c 70000000 /dev/zero; while [ "$(stat -c %s ${log})" -gt 2000000 ]; do sleep 0.05; done; sh ${host.directory}/start.sh`,
      "pre-switch": "false",
    });
    expect(end?.text).toContain("The command before the switch failed.");
    await expectAsBefore();
  });

  test("the way back lets the new colour finish what people have asked of it", async () => {
    const [until, fail, now] = ["until", "fail", "now"].map((name) => path.join(host.directory, name));
    const look = `touch ${now}; PATH=\${PATH#*:} exec ss "$@"`;
    const deployed = host.deploy(
      "slow",
      {
        ...webApp(host),
        // Ends it at once, whatever it has begun.
        "stop-command": `touch ${now}; kill -9 "$(cat ${host.directory}/$COLOR.pid)"`,
        "post-switch": `while [ ! -e ${fail} ]; do sleep 0.05; done; false`,
        drain: 20_000,
      },
      { env: programs("slow", { ss: look }) },
    );
    await expect.poll(served, { timeout: 20_000 }).toContain("release=slow;");
    const { whole } = begin(`${url()}/slow?until=${encodeURIComponent(until as string)}`);
    await expect.poll(() => existsSync(`${until}.slow`), { timeout: 20_000 }).toBe(true);
    writeFileSync(fail as string, "");
    await expect.poll(() => existsSync(now as string), { timeout: 20_000 }).toBe(true);
    writeFileSync(until as string, "");
    expect(await whole).toBe("release=slow;\n");
    expect((await deployed).code).toBe(20);
    await expectAsBefore();
  });

  /** An environment in which programs are other ones, by their scripts. */
  function programs(folder: string, scripts: Readonly<Record<string, string>>) {
    const directory = path.join(host.directory, `programs-${folder}`);
    mkdirSync(directory);
    for (const [name, script] of Object.entries(scripts)) {
      writeFileSync(path.join(directory, name), `#!/bin/sh\n${script}\n`);
      chmodSync(path.join(directory, name), 0o755);
    }
    return { PATH: `${directory}:${process.env["PATH"]}` };
  }

  test("a release that turns sick beside the command after the switch comes back at once", async () => {
    const { code, end } = await host.deploy("sick", {
      "post-switch": `rm ${host.directory}/www-$COLOR/health; sleep 60`,
    });
    expect(code).toBe(20);
    expect(end?.text).toContain("Three requests in a row failed through the router");
    await expectAsBefore();
  });

  test("a run that was called off after its switch still brings a dead old colour back", async () => {
    const { code, stderr } = await host.deploy("called-off", {
      "post-switch": `touch ${file("wishes")}/$DEPLOY.abort; kill -9 "$(cat ${host.directory}/${color}.pid)"; false`,
    });
    expect(code, stderr).toBe(20);
    await expectAsBefore();
  });

  test("an old colour that dies before the switch is not said to go on serving", async () => {
    const { code, end } = await host.deploy("alone", {
      "pre-switch": `kill -9 "$(cat ${host.directory}/${color}.pid)"; false`,
    });
    expect(code).toBe(40);
    expect(end?.text).toContain(
      `Nothing was switched, but ${color} does not answer through the router: status 502`,
    );
    expect((await host.call(["repair", "shop"])).code).toBe(0);
    await expectAsBefore();
  });

  test("connections that cannot be counted are waited for as long as the plan says", async () => {
    const env = programs("uncounted", { ss: "exit 255" });
    const { events } = await host.deploy("uncounted", { drain: 300 }, { env });
    expect(events.map(({ text }) => text)).toContain(
      `After 300 ms an unknown number of connections to ${color} are still open.`,
    );
    expect(await served()).toContain("release=uncounted;");
  });

  test("a release again, with other settings, does not become its own previous one", async () => {
    expect(release).toBe("uncounted");
    const again = await host.deploy(release, { "stop-within": 4000 });
    expect(again.end?.data).toMatchObject({ code: "0", result: "deployed", "previous-release": "good" });
    expect(await host.running()).toEqual([other(color)]);
  });

  test("a second call of a run that is under way changes nothing and says nothing", async () => {
    const [begun, go] = [path.join(host.directory, "begun"), path.join(host.directory, "go")];
    host.hand("called-twice", {
      release: "r9",
      "health-contains": "release=r9;",
      "pre-switch": `touch ${begun}; while [ ! -e ${go} ]; do sleep 0.05; done; false`,
    });
    const first = host.call(["run", "shop", "called-twice"]);
    await expect.poll(() => existsSync(begun), { timeout: 20_000 }).toBe(true);
    const second = await host.call(["run", "shop", "called-twice"]);
    expect(second.code).toBe(75);
    expect(second.end).toBeUndefined();
    writeFileSync(go, "");
    expect((await first).code).toBe(10);
    await expectAsBefore();
  });

  test("colours that were renamed are refused while one of the old names serves", async () => {
    const { code, end } = await host.deploy("renamed", { first: "red", second: "black" });
    expect(code).toBe(10);
    expect(end?.text).toContain(`the colour ${color} serves, which is neither red nor black`);
    await expectAsBefore();
  });

  test("a person whose terminal is gone ends no deploy", async () => {
    const bluegreen = `${host.root}/bin/bluegreen`;
    await run("sh", ["-c", `dash ${bluegreen} rollback shop | true`]);
    expect(await served()).toBe(`release=good; color=${other(color)}\n`);
    expect(await host.status()).toMatchObject({ release: "good", phase: "", holder: "" });
  });

  test("a release that was returned from is marked as bad, though the agent was killed before it wrote that down", async () => {
    const env = { CRASH_ON: "after enter rolling-back" };
    expect((await host.deploy("blamed", { "post-switch": "false" }, { env })).code).toBeNull();
    expect((await host.call(["repair", "shop"])).code).toBe(0);
    expect(host.read("bad/blamed")).toContain("since=");
    await expectAsBefore();
  });

  test("a committed release that cannot be started again costs the old colour nothing", async () => {
    const env = { CRASH_ON: "after enter committed" };
    const idle = other(color);
    expect((await host.deploy("fallen", { "health-within": 1000 }, { env })).code).toBeNull();
    host.crash(idle);
    host.behave("fallen", "fails-to-start");
    const repair = await host.call(["repair", "shop"]);
    expect(repair.code, repair.stdout).toBe(40);
    expect(repair.stdout).toContain("was committed, and");
    expect(await host.running()).toEqual([color]);
    host.behave("fallen", "well");
    expect((await host.call(["repair", "shop"])).code).toBe(0);
    expect(await served()).toBe(`release=fallen; color=${idle}\n`);
    expect(await host.running()).toEqual([idle]);
  });
});

describe("behind commands", needs("busybox"), () => {
  let shop: CommandHost;
  let host: AgentHost;

  beforeAll(async () => {
    shop = await startCommandHost();
    ({ host } = shop);
    expect((await host.deploy("r1", shop.keys)).code).toBe(0);
  });

  afterAll(() => shop?.stop());

  test("a switch that the router confirms and does not do is returned", async () => {
    shop.serve("blue");
    const { code, end } = await host.deploy("r2", { ...shop.keys, "health-within": 600 });
    expect(code).toBe(20);
    expect(end?.text).toContain("Through the router r2 does not answer");
    expect(await shop.served()).toContain("release=r1;");
    expect(await host.running()).toEqual(["blue"]);
  });

  test("neither is the old colour stopped then when nothing may go back behind the migration", async () => {
    shop.serve("blue");
    const keys = { ...shop.keys, migrate: "true", "migrate-irreversible": 1, "health-within": 600 };
    const { code, end } = await host.deploy("r3", keys);
    expect(code).toBe(40);
    expect(end?.text).toContain("both colours are left as they are");
    expect(await shop.served()).toContain("release=r1;");
    expect(await host.running()).toEqual(["blue", "green"]);
    // The router is mended: what was begun goes to its end.
    shop.serve(undefined);
    expect((await host.call(["repair", "shop"])).code).toBe(0);
    expect(await shop.served()).toContain("release=r3;");
    expect(await host.running()).toEqual(["green"]);
  });

  test("what people get is not stopped because the router says something else", async () => {
    const { stdout } = await host.call(["rollback", "shop"]);
    expect(await shop.served(), stdout).toContain("release=r1;");
    host.hand("killed", {
      ...shop.keys,
      release: "r4",
      "health-contains": "release=r4;",
      hold: 1,
      "wait-within": 60_000,
    });
    const killed = host.call(["run", "shop", "killed"]);
    await expect
      .poll(() => host.read("log/killed.events") ?? "", { timeout: 20_000 })
      .toContain('"waiting":"go"');
    process.kill(Number((await host.status())["pid"]), "SIGKILL");
    await killed;
    // Nobody knows of the run any more, and the router serves green, though it says blue.
    writeFileSync(path.join(host.root, "shop/journal"), "");
    shop.serve("green");
    const { code, stdout: said } = await host.call(["repair", "shop"]);
    expect(code, said).toBe(30);
    expect(said).toContain("Both colours run, and through the router r1");
    expect(await host.running()).toEqual(["blue", "green"]);
    // Once it says what it does, its word can be taken.
    shop.say("green");
    const forced = await host.call(["repair", "shop", "force"]);
    expect(forced.code, forced.stdout).toBe(0);
    expect(await host.status()).toMatchObject({ active: "green", release: "r4", "previous-release": "r1" });
    shop.serve(undefined);
    expect((await host.call(["repair", "shop"])).code).toBe(0);
    expect(await host.running()).toEqual(["green"]);
  });

  test("maintenance that the router does not take is not left written down, and one that it does not do is told", async () => {
    const refused = await host.call(["maintenance", "shop", "on"]);
    expect(refused.code).toBe(10);
    expect(refused.stdout).toContain("names no command for maintenance");
    expect((await host.status())["maintenance"]).toBe("off");
    expect((await host.deploy("r5", { ...shop.keys, "router-maintenance": "true" })).code).toBe(0);
    const idle = await host.call(["maintenance", "shop", "on"]);
    expect(idle.code).toBe(10);
    expect(idle.stdout).toContain("through the router it looks different: 200 at");
    expect((await host.call(["maintenance", "shop", "off"])).code).toBe(0);
  });

  test("a lost state is not said to be in order when the router cannot tell what serves", async () => {
    writeFileSync(path.join(host.root, "shop/state"), "");
    shop.say("nobody");
    const { code, stdout } = await host.call(["repair", "shop"]);
    expect(code, stdout).toBe(30);
    expect(stdout).toContain("What was committed is lost, and cannot be found out");
    expect(await host.running()).toHaveLength(1);
  });

  test("a first release that does not prove itself is stopped, and nothing serves", async () => {
    const other = await makeAgentHost({ router: "command" });
    try {
      const { code, end } = await other.deploy("r1", {
        "router-set": "true",
        "router-active": "echo blue",
        "health-within": 700,
      });
      expect(code).toBe(40);
      expect(end?.text).toContain("Nothing served before, and nothing serves now.");
      expect(await other.running()).toEqual([]);
      expect((await other.call(["repair", "shop"])).code).toBe(0);
    } finally {
      other.remove();
    }
  });
});
