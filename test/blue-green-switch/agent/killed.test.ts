import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { some } from "../../support/effort.ts";
import { needs } from "../../support/needs.ts";
import { withCrashes } from "./crash.ts";
import { type AgentHost, makeAgentHost } from "./host.ts";
import { startRouter } from "./router.ts";

const busybox = { name: "BusyBox", shell: ["busybox", "sh"] };
const dash = { name: "dash", shell: ["dash"] };

/** The courses that a deploy takes, and how many of their points are tried each time. */
const courses = [
  { course: "a deploy that goes well", keys: {}, code: 0, ...dash, sample: 3 },
  { course: "a deploy that goes well", keys: {}, code: 0, ...busybox, sample: 1 },
  { course: "a deploy that returns", keys: { "post-switch": "false" }, code: 20, ...dash, sample: 2 },
  { course: "a deploy that is undone", keys: { "pre-switch": "false" }, code: 10, ...dash, sample: 1 },
] as const;

// Dozens of deploys each: slow on a busy machine.
const options = { ...needs("busybox", "nginx"), timeout: process.env["SOAK"] === "1" ? 1_800_000 : 120_000 };

describe("an agent that is killed", options, () => {
  test.each(courses)("in $course is repaired by the next run, under $name", async (course) => {
    const { shell, keys, sample } = course;
    await withHost({ shell }, async (host) => {
      const log = path.join(host.directory, "acts");
      expect((await host.deploy("r1", keys, { env: { CRASH_LOG: log } })).code).toBe(course.code);
      const acts = readFileSync(log, "utf8").trimEnd().split("\n");
      for (const [index, at] of some(sample, [...acts.keys()]).entries()) {
        const killed = await host.deploy(`r${index + 2}`, keys, { env: { CRASH_AT: `${at + 1}` } });
        const story = `killed ${acts[at]} (${at + 1})`;
        expect(killed.code, `${story}: ${JSON.stringify(killed.end)}`).toBeNull();
        await expectRepaired(host, story);
      }
    });
  });

  test("in its repair of a run that ended after the switch is repaired too", async () => {
    await withHost(dash, async (host) => {
      const phases = ["switching", "switched", "rolling-back", "committed"];
      // A repair is shorter than a deploy: killed beyond its end, it ends by itself.
      const acts = Array.from({ length: 40 }, (_, n) => n + 3);
      // The sample takes the first act of each phase: another one in each.
      const points = phases.flatMap((phase, index) =>
        acts.map((_, n) => ({ phase, act: acts[(n + index * 7) % acts.length] })),
      );
      for (const [index, { phase, act }] of some(phases.length, points).entries()) {
        const keys = phase === "rolling-back" ? { "post-switch": "false" } : {};
        const env = { CRASH_ON: `after enter ${phase}` };
        expect((await host.deploy(`r${index + 1}`, keys, { env })).code).toBeNull();
        await host.call(["repair", "shop"], { env: { CRASH_AT: `${act}` } });
        await expectRepaired(host, `${phase}, its repair killed at ${act}`);
      }
    });
  });
});

/** A host on which a release serves, and is asked for all the time: not one request may go wrong. */
async function withHost(options: { shell: readonly string[] }, work: (host: AgentHost) => Promise<void>) {
  const host = await makeAgentHost({ ...options, change: withCrashes });
  const router = await startRouter(host, "nginx");
  try {
    expect((await host.deploy("r0")).code).toBe(0);
    const load = watch(host);
    await work(host);
    expect(await load.stop()).toEqual([]);
  } finally {
    await router.stop();
    host.remove();
  }
}

async function expectRepaired(host: AgentHost, killed: string): Promise<void> {
  const repair = await host.call(["repair", "shop"]);
  const story = `${killed}:\n${repair.stdout}${repair.stderr}`;
  expect(repair.code, story).toBe(0);
  await expectOrder(host, story);
}

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
