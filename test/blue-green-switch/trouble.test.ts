import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { some } from "../support/effort.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { needs } from "../support/needs.ts";
import { type ShopHost, startShopHost, switchOn } from "./shop-host.ts";

// Each test goes on from what the one before it has left.
describe("a deploy in trouble", { ...needs("sshd", "nginx"), timeout: 60_000 }, () => {
  let host: ShopHost;
  beforeAll(async () => {
    host = await startShopHost();
    const { outputs, log } = await switchOn(host, { release: "r1" }).done;
    expect(outputs, log).toMatchObject({ result: "deployed" });
  }, 60_000);
  beforeEach(() => host.behave("well"));
  afterAll(() => host.stop());

  const isServed = async (release: string) => {
    await host.settled();
    expect((await host.served()).text).toContain(`"release":"${release}"`);
    expect(await host.running()).toEqual([release]);
  };
  const audit = () =>
    readFileSync(path.join(host.stateDir, "shop/audit.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));

  it("that is never healthy ends before the switch, with what the new colour said", async () => {
    host.behave("never");
    const health = host.config()["health"] as object;
    const { conclusion, exitCode, outputs, log, summary } = await switchOn(
      host,
      { release: "never" },
      { health: { ...health, within: "2s" } },
    ).done;
    expect({ conclusion, exitCode }).toEqual({ conclusion: "failure", exitCode: 1 });
    expect(outputs).toMatchObject({ result: "aborted", release: "r1", active: "blue", phase: "aborting" });
    expect(log).toContain("status 500 instead of 200");
    expect(summary).toContain("never was not switched to");
    await isServed("r1");
  });

  it("does not begin when a stranger has the port of the idle colour", async () => {
    const { green } = host.config()["colors"] as { readonly green: number };
    const stranger = createServer((_, response) => response.end("mine"));
    await new Promise<void>((resolve) => stranger.listen(green, "127.0.0.1", resolve));
    const { outputs, annotations } = await switchOn(host, { release: "r2" }).done;
    await new Promise((resolve) => {
      stranger.closeAllConnections();
      stranger.close(resolve);
    });
    expect(outputs).toMatchObject({ result: "aborted", release: "r1" });
    expect(annotations[0]?.message).toContain(`port ${green}, which green needs, is served by something`);
    await isServed("r1");
  });

  it("comes back when the router says yes and does not do it", async () => {
    const file = path.join(host.directory, "said");
    const router = {
      kind: "command",
      set: `echo "$COLOR" >${file}`,
      active: `cat ${file} 2>/dev/null || echo blue`,
    };
    const health = host.config()["health"] as object;
    const { conclusion, outputs, log, summary } = await switchOn(
      host,
      { release: "liar" },
      { router, health: { ...health, within: "2s" } },
    ).done;
    expect(conclusion).toBe("failure");
    expect(outputs, log).toMatchObject({ result: "rolled-back", release: "r1", active: "blue" });
    expect(readFileSync(file, "utf8")).toBe("blue\n");
    expect(summary).toContain("liar was taken back");
    expect(summary).toContain("Through the router liar does not answer");
    await isServed("r1");
  });

  it("waits for another one as long as it may, and else says whose it is", async () => {
    const go = path.join(host.directory, "go");
    const hooks = { "post-switch": `while [ ! -e ${go} ]; do sleep 0.05; done` };
    const first = switchOn(host, { release: "r3" }, hooks, { GITHUB_ACTOR: "first-actor" });
    await first.seen(/ switched /);
    const waiting = switchOn(host, { release: "r5", "lock-wait": "40s" });
    const [refused] = await Promise.all([
      switchOn(host, { release: "r4" }).done,
      waiting.seen(/Waiting for another run/),
    ]);
    writeFileSync(go, "");
    const { outputs } = await first.done;
    const waited = await waiting.done;
    expect(outputs).toMatchObject({ result: "deployed", release: "r3" });
    expect(refused.conclusion).toBe("failure");
    expect(refused.outputs).toMatchObject({ result: "aborted", release: "r1" });
    expect(refused.annotations[0]?.message).toMatch(/Another run holds the lock: .*actor=first-actor/);
    expect(waited.outputs, waited.log).toMatchObject({ result: "deployed", release: "r5", previous: "r3" });
    await isServed("r5");
  });

  it("is watched on when its connection breaks, and begun once", async () => {
    const proxy = await startFaultProxy(host.sshd.port);
    const through = {
      "ssh-host": `${host.sshd.user}@127.0.0.1:${proxy.port}`,
      "ssh-known-hosts": host.sshd.hostFingerprint("ed25519"),
    };
    host.behave("slow");
    const running = switchOn(host, { release: "r6", ...through }, { stability: "1s" });
    await running.seen(/ healthy /);
    await proxy.set({ kind: "refuse" });
    await proxy.set({ kind: "none" });
    await running.seen(/ switched /);
    await proxy.set({ kind: "reset" });
    await proxy.set({ kind: "none" });
    const { outputs, log, conclusion } = await running.done;
    expect(conclusion, log).toBe("success");
    expect(outputs).toMatchObject({ result: "deployed", release: "r6" });
    expect(proxy.connections()).toBeGreaterThanOrEqual(3);
    expect(log.match(/healthy +\w+ is healthy\./g)).toHaveLength(1);
    await proxy.stop();
    expect(audit().filter(({ what, release }) => what === "prepared" && release === "r6")).toHaveLength(1);
    await isServed("r6");
  });

  it.each(some(2, [2_500, 3_000, 3_300, 3_600, 4_000, 4_500, 5_000, 6_000]))(
    "does all or nothing when its connection is cut after %d bytes of answers",
    async (afterBytes) => {
      const before = JSON.parse((await host.served()).text).release;
      const proxy = await startFaultProxy(host.sshd.port);
      await proxy.set({ kind: "cut", afterBytes });
      const release = `cut-${afterBytes}`;
      const running = switchOn(host, {
        release,
        "ssh-host": `${host.sshd.user}@127.0.0.1:${proxy.port}`,
        "ssh-known-hosts": host.sshd.hostFingerprint("ed25519"),
      });
      const over = running.done.then(() => true);
      const later = () => new Promise<false>((resolve) => setTimeout(() => resolve(false), 20));
      while (proxy.connections() < 2 && !(await Promise.race([over, later()])));
      await proxy.set({ kind: "none" });
      const { outputs, log } = await running.done;
      await proxy.stop();
      const begun = audit().filter((line) => line.what === "prepared" && line.release === release);
      // A first connection that breaks before anything was asked for is an error; one that breaks later comes back.
      if (outputs["result"] === "error") expect(begun, log).toHaveLength(0);
      else
        expect({ result: outputs["result"], begun: begun.length }, log).toEqual({
          result: "deployed",
          begun: 1,
        });
      await isServed(outputs["result"] === "error" ? before : release);
    },
  );

  it(
    "says so when the disk is full or cannot be written, and begins nothing",
    needs("namespaces"),
    async () => {
      const disk = path.join(host.directory, "disk");
      mkdirSync(disk);
      const mount = (...options: readonly string[]) =>
        execFileSync("mount", ["-t", "tmpfs", ...options, "none", disk]);
      const errors = async (inputs: Record<string, string>) => {
        const { conclusion, outputs, annotations } = await switchOn(host, inputs, { "state-dir": disk }).done;
        expect({ conclusion, result: outputs["result"] }).toEqual({ conclusion: "failure", result: "error" });
        return annotations.map(({ message }) => message).join("\n");
      };
      mount("-o", "size=64k");
      try {
        const full = /No space left on device.*Is there disk space/s;
        expect(await errors({ release: "full" })).toMatch(full);
        expect(readdirSync(path.join(disk, "bin"))).toEqual([]);
        mount("-o", "remount,size=1m");
        expect((await switchOn(host, { operation: "status" }, { "state-dir": disk }).done).ok).toBe(true);
        expect(() =>
          execFileSync("dd", ["if=/dev/zero", `of=${disk}/filler`], { stdio: "ignore" }),
        ).toThrow();
        expect(await errors({ release: "full" })).toMatch(full);
        expect(existsSync(path.join(disk, "shop/releases"))).toBe(false);
        mount("-o", "remount,ro");
        expect(await errors({ release: "read-only" })).toContain(
          `the folder ${disk} cannot be made or written`,
        );
      } finally {
        execFileSync("umount", [disk]);
      }
      await isServed(JSON.parse((await host.served()).text).release);
    },
  );
});
