import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { some } from "../support/effort.ts";
import { needs } from "../support/needs.ts";
import { type ShopHost, startShopHost, switchOn } from "./shop-host.ts";

// How long each phase takes, so that a runner can go in the middle of it.
const LONG = { stability: "2s", drain: "1s", settle: "1s" };
// So long that a second run comes in time, also on a busy machine.
const LONGER = { ...LONG, stability: "3s", settle: "3s" };

// Each test goes on from what the one before it has left.
describe("a deploy whose runner goes away", { ...needs("sshd", "nginx"), timeout: 60_000 }, () => {
  let host: ShopHost;
  let last = "r1";
  let count = 1;
  beforeAll(async () => {
    host = await startShopHost();
    const { outputs, log } = await switchOn(host, { release: last }).done;
    expect(outputs, log).toMatchObject({ result: "deployed" });
  }, 60_000);
  beforeEach(() => host.behave("slow"));
  afterAll(() => host.stop());

  const next = (): string => `r${++count}`;
  const isServed = async (release: string) => {
    await host.settled();
    expect((await host.served()).text).toContain(`"release":"${release}"`);
    expect(await host.running()).toEqual([release]);
    last = release;
  };

  const phases = ["prepared", "started", "healthy", "switched", "draining"] as const;

  it.each(some(2, phases.slice(2)))(
    "when it is killed in the phase %s, goes on by itself; a second run follows it to its end",
    async (phase) => {
      const release = next();
      const previous = last;
      const killed = switchOn(host, { release }, LONGER);
      await killed.seen(new RegExp(` ${phase} `));
      killed.kill("SIGKILL");
      await killed.done;
      const { outputs, log, conclusion } = await switchOn(host, { release }, LONGER).done;
      expect(conclusion, log).toBe("success");
      expect(log).toContain("attached-to=");
      expect(outputs).toMatchObject({ result: "deployed", release, previous, phase: "retired" });
      await isServed(release);
    },
  );

  it.each(some(1, phases.slice(0, 3)))(
    "when it is cancelled in the phase %s, is undone by the host, and the run says so",
    async (phase) => {
      const release = next();
      const cancelled = switchOn(host, { release }, LONG);
      await cancelled.seen(new RegExp(` ${phase} `));
      cancelled.cancel();
      const { outputs, log, conclusion, exitCode, summary } = await cancelled.done;
      expect(conclusion).toBe("cancelled");
      expect(exitCode).toBe(130);
      expect(outputs, log).toMatchObject({ result: "cancelled", release: last });
      expect(summary).toContain(`${last}</code> on`);
      await isServed(last);
    },
  );

  it.each(some(1, phases.slice(3)))(
    "when it is cancelled in the phase %s, goes on by itself",
    async (phase) => {
      const release = next();
      const cancelled = switchOn(host, { release }, { ...LONG, stability: "4s" });
      await cancelled.seen(new RegExp(` ${phase} `));
      cancelled.cancel();
      const { outputs, log, conclusion } = await cancelled.done;
      expect(conclusion).toBe("cancelled");
      expect(outputs["result"], log).toBe("cancelled");
      await isServed(release);
    },
  );
});
