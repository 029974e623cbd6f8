import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AgentEvent } from "../../actions/blue-green-switch/src/event.ts";
import { endOf } from "../../actions/blue-green-switch/src/event.ts";
import { Following } from "../../actions/blue-green-switch/src/following.ts";
import { Host } from "../../actions/blue-green-switch/src/host.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { connectSsh } from "../../shared/ssh/connect.ts";
import { parseHostPins } from "../../shared/ssh/known-hosts.ts";
import { some } from "../support/effort.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { needs } from "../support/needs.ts";
import { type Sshd, startSshd } from "../support/sshd.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

/** Bytes of answers after which the connection is cut: from the login to the last event of a short run. */
const CUTS = Array.from({ length: 40 }, (_, index) => 2_400 + index * 50);

// What it tells must be what happened, wherever the way there breaks.
describe("a run of the agent that is followed over SSH", { ...needs("sshd"), timeout: 60_000 }, () => {
  let sshd: Sshd;
  let folder: TempDir;
  beforeAll(async () => {
    sshd = await startSshd();
    folder = makeTempDir("following");
    await hostAt(sshd.port, (host) => host.prepare());
  });
  afterAll(async () => {
    await sshd.stop();
    folder.remove();
  });

  const root = () => path.join(folder.path, "state");
  const file = (name: string) => path.join(root(), "shop", name);
  const repair = { words: ["repair", "shop"] };

  async function hostAt<T>(port: number, work: (host: Host) => Promise<T>): Promise<T> {
    const life = new AbortController();
    const target = {
      ...{ host: "127.0.0.1", port, user: sshd.user, privateKey: sshd.clientKey() },
      pins: parseHostPins(sshd.hostFingerprint("ed25519")),
    };
    const { signal } = life;
    const connect = () => connectSsh({ ...target, signal });
    const host = new Host({ name: "shop", root: root(), app: "shop", connect, clock: systemClock, signal });
    await host.connect();
    try {
      return await work(host);
    } finally {
      await host.close();
      life.abort();
    }
  }

  /** Follows a run to its end; gives what it told. */
  async function follow(following: Following) {
    const events: AgentEvent[] = [];
    for (;;) {
      const look = await following.next(AbortSignal.timeout(30_000));
      events.push(...look.events);
      if (look.over)
        return { events, lost: look.lost, end: events.map(endOf).find((end) => end !== undefined) };
    }
  }

  const command = (deploy: string) => ({ ...repair, variables: { BLUEGREEN_DEPLOY: deploy } });
  const ends = (deploy: string) =>
    readFileSync(file("audit.jsonl"), "utf8")
      .split("\n")
      .filter((line) => line.includes(`"what":"end","deploy":"${deploy}"`)).length;

  it.each(some(4, CUTS))(
    "is begun once and told whole when its connection is cut after %d bytes",
    async (afterBytes) => {
      const deploy = `cut-${afterBytes}`;
      const proxy = await startFaultProxy(sshd.port);
      try {
        const told = await hostAt(proxy.port, async (host) => {
          await proxy.set({ kind: "cut", afterBytes });
          const following = follow(new Following(host, deploy, { command: command(deploy) }));
          const over = following.then(() => true);
          const later = () => new Promise<false>((resolve) => setTimeout(() => resolve(false), 20));
          while (proxy.connections() < 2 && !(await Promise.race([over, later()])));
          await proxy.set({ kind: "none" });
          return following;
        });
        expect(told.lost).toBeUndefined();
        expect(told.end).toMatchObject({ code: 0 });
        expect(told.events.map(({ n }) => n)).toEqual(told.events.map((_, index) => index + 1));
        expect(ends(deploy)).toBe(1);
      } finally {
        await proxy.stop();
      }
    },
  );

  it("is begun by a second try when the first was ended before it had started anything", async () => {
    await mkdir(file("log"), { recursive: true });
    writeFileSync(file("log/again.agent"), "");
    const told = await hostAt(sshd.port, (host) =>
      follow(new Following(host, "again", { command: command("again") })),
    );
    expect(told.end).toMatchObject({ code: 0 });
    expect(ends("again")).toBe(1);
  });

  it("is told not to have started, with the reason, when its files cannot be delivered", async () => {
    const blocked = { ...command("blocked"), files: [{ name: "a/b", content: "x" }] };
    const told = await hostAt(sshd.port, (host) =>
      follow(new Following(host, "blocked", { command: blocked })),
    );
    expect(told.lost?.why).toMatch(/the agent was not started: .*a\/b/);
    expect(existsSync(file("log/blocked.events"))).toBe(false);
  });

  it("is followed on when its connection is lost again and again, and each event is told once", async () => {
    const holder = spawn("flock", [file("lock"), "cat"], { stdio: ["pipe", "inherit", "inherit"] });
    await expect.poll(() => isFree(file("lock"))).toBe(false);
    const waiting = { ...repair, variables: { BLUEGREEN_DEPLOY: "waiting", BLUEGREEN_LOCK_WAIT: "60000" } };
    const proxy = await startFaultProxy(sshd.port);
    const told = await hostAt(proxy.port, async (host) => {
      const following = new Following(host, "waiting", { command: waiting });
      const first = await following.next(AbortSignal.timeout(30_000));
      expect(first.events.map(({ text }) => text).join()).toContain("Waiting for another run");
      const rest = follow(following);
      for (let time = 0; time < 3; time += 1) {
        const before = proxy.connections();
        await proxy.set({ kind: "reset" });
        await proxy.set({ kind: "none" });
        await expect.poll(() => proxy.connections(), { timeout: 20_000 }).toBeGreaterThan(before);
      }
      holder.stdin.end();
      return { ...(await rest), first };
    });
    await proxy.stop();
    expect(told.lost).toBeUndefined();
    expect(told.end).toMatchObject({ code: 0 });
    expect([...told.first.events, ...told.events].map(({ n }) => n)).toEqual([1, 2]);
    expect(ends("waiting")).toBe(1);
  });

  it("can be called off before the agent has made its folders", async () => {
    await hostAt(sshd.port, (host) => host.wish("early", "abort"));
    expect(existsSync(file("wishes/early.abort"))).toBe(true);
  });
});

/** Whether nobody holds a lock. */
function isFree(lock: string): boolean {
  return spawnSync("flock", ["-n", lock, "true"]).status === 0;
}
