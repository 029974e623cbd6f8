import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { some } from "../../support/effort.ts";
import { locate, needs } from "../../support/needs.ts";
import { withCrashes } from "./crash.ts";
import { type AgentHost, makeAgentHost } from "./host.ts";
import { startRouter } from "./router.ts";

const shells = [
  { name: "dash", shell: ["dash"] },
  { name: "BusyBox", shell: [locate("busybox"), "sh"] },
] as const;

describe.each(shells)("an agent that is killed, under $name", needs("busybox", "nginx"), ({ shell }) => {
  test("is repaired by the next run, whatever it was doing, and no request is lost", async () => {
    const host = await makeAgentHost({ shell, change: withCrashes });
    const router = await startRouter(host, "nginx");
    try {
      expect((await host.deploy("r0")).code).toBe(0);
      const log = path.join(host.directory, "acts");
      expect((await host.deploy("r1", {}, { env: { CRASH_LOG: log } })).code).toBe(0);
      const acts = readFileSync(log, "utf8").trimEnd().split("\n");
      const load = watch(host);
      for (const [index, at] of some(4, [...acts.keys()]).entries()) {
        const release = `r${index + 2}`;
        const killed = await host.deploy(release, {}, { env: { CRASH_AT: `${at + 1}` } });
        expect(killed.code, `${at} ${acts[at]}: ${JSON.stringify(killed.end)}`).toBeNull();
        const repair = await host.call(["repair", "shop"]);
        const story = `killed ${acts[at]} (${at + 1}):\n${repair.stdout}${repair.stderr}`;
        expect(repair.code, story).toBe(0);
        await expectOrder(host, story);
      }
      expect(await load.stop()).toEqual([]);
    } finally {
      await router.stop();
      host.remove();
    }
  });
});

/** State, router and colours say the same, and nothing is left over. */
async function expectOrder(host: AgentHost, story: string): Promise<void> {
  const status = await host.status();
  const { active, release } = status;
  expect(status, story).toMatchObject({
    router: active,
    running: active,
    phase: "",
    holder: "",
    "left-by": "",
  });
  expect(await host.running(), story).toEqual([active]);
  const answer = await fetch(`http://127.0.0.1:${host.ports.router}/health`);
  expect(await answer.text(), story).toBe(`release=${release}; color=${active}\n`);
}

/** Asks through the router all the time; gives what was not answered well. */
function watch(host: AgentHost) {
  const wrong: string[] = [];
  let on = true;
  const looping = (async () => {
    while (on) {
      await fetch(`http://127.0.0.1:${host.ports.router}/health`, { headers: { connection: "close" } }).then(
        async (answer) => {
          const text = await answer.text();
          if (answer.status !== 200 || !text.startsWith("release=")) wrong.push(`${answer.status} ${text}`);
        },
        (error: unknown) => wrong.push(String(error)),
      );
      await pause(5);
    }
  })();
  return {
    stop: async () => {
      on = false;
      await looping;
      return wrong;
    },
  };
}
