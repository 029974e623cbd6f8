import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DockerEngine, startDockerEngine } from "../../support/docker-engine.ts";
import { runs, some } from "../../support/effort.ts";
import { needs } from "../../support/needs.ts";
import { startCommandHost } from "./command-router.ts";
import { COMPOSE, containerKeys, SERVE } from "./containers.ts";
import { withCrashes } from "./crash.ts";
import { type AgentHost, type HostOptions, makeAgentHost, type PlanKeys } from "./host.ts";
import { startRouter } from "./router.ts";

const SOAK = process.env["SOAK"] === "1";

/** The courses that a deploy takes, and with which status it ends. */
const well = { course: "a deploy that goes well", keys: {}, code: 0 };
const returns = { course: "a deploy that returns", keys: { "post-switch": "false" }, code: 20 };
const undone = { course: "a deploy that is undone", keys: { "pre-switch": "false" }, code: 10 };

type Place = {
  readonly host: AgentHost;
  readonly keys?: PlanKeys;
  readonly env?: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
};

const behind =
  (router: "nginx" | "haproxy" | "caddy", options: HostOptions = {}) =>
  async (): Promise<Place> => {
    const host = await makeAgentHost({ router, change: withCrashes, ...options });
    const started = await startRouter(host, router);
    const stop = async () => {
      await started.stop();
      host.remove();
    };
    return { host, stop };
  };
const nginx = { place: "nginx", start: behind("nginx") };
const busybox = { place: "nginx, under BusyBox", start: behind("nginx", { shell: ["busybox", "sh"] }) };
const haproxy = { place: "HAProxy", start: behind("haproxy") };
const caddy = { place: "Caddy", start: behind("caddy") };
const commands = { place: "commands", start: () => startCommandHost(withCrashes) };

/** How many acts are tried each time, or which ones; the whole list in a soak. */
const cases: readonly Case[] = [
  { ...nginx, ...well, sample: 3 },
  { ...nginx, ...returns, sample: 2 },
  { ...nginx, ...undone, sample: 1 },
  { ...busybox, ...well, sample: 1 },
  { ...haproxy, ...well, sample: ["after router_ready green", "before put backend.map"] },
  { ...caddy, ...well, sample: ["after router_set green"] },
  { ...commands, ...well, sample: ["after router_set green"] },
  ...[haproxy, caddy, commands].map((place) => ({ ...place, ...returns, sample: 0 })),
];

type Case = typeof well & {
  readonly place: string;
  readonly start: () => Promise<Place>;
  readonly keys: PlanKeys;
  readonly sample: number | readonly string[];
};

// Dozens of deploys each: slow on a busy machine.
const timeout = SOAK ? 1_800_000 : 120_000;

describe("an agent that is killed", {
  ...needs("busybox", "nginx", "haproxy", "caddy"),
  timeout,
}, () => {
  test.each(cases.filter(isTried))("in $course behind $place is repaired by the next run", killEverywhere);

  test.each([nginx, haproxy, commands].slice(0, SOAK ? 3 : 1))(
    "behind $place in its repair of a run that ended after the switch is repaired too",
    async ({ start }) => {
      await withHost(start, async ({ host, keys: own, env: variables }) => {
        const phases = ["switching", "switched", "rolling-back", "committed"];
        // A repair is shorter than a deploy: killed beyond its end, it ends by itself.
        const acts = Array.from({ length: 40 }, (_, n) => n + 3);
        // The sample takes the first act of each phase: another one in each.
        const points = phases.flatMap((phase, index) =>
          acts.map((_, n) => ({ phase, act: acts[(n + index * 7) % acts.length] })),
        );
        for (const [index, { phase, act }] of some(phases.length, points).entries()) {
          const keys = { ...own, ...(phase === "rolling-back" ? { "post-switch": "false" } : {}) };
          const env = { ...variables, CRASH_ON: `after enter ${phase}` };
          expect((await host.deploy(`r${index + 1}`, keys, { env })).code).toBeNull();
          await host.call(["repair", "shop"], { env: { ...variables, CRASH_AT: `${act}` } });
          await expectRepaired(host, `${phase}, its repair killed at ${act}`, variables);
        }
      });
    },
  );
});

describe.runIf(SOAK)(
  "an agent of containers that is killed",
  {
    ...needs("docker", "docker-compose", "nginx", "busybox", "namespaces"),
    timeout,
  },
  () => {
    let engine: DockerEngine;
    beforeAll(async () => {
      engine = await startDockerEngine();
      await engine.image("shop:latest", SERVE);
    }, 120_000);
    afterAll(() => engine?.stop(), 60_000);

    const inImage = { ...containerKeys, image: "shop:latest" };
    const inProject = {
      ...inImage,
      start: "compose",
      "image-port": null,
      "compose-file": "compose.yml",
      "compose-service": "web",
    };
    const places = [
      { place: "of one image", options: { keys: inImage } },
      { place: "of a compose file", options: { keys: inProject, files: { "compose.yml": COMPOSE } } },
    ];
    test.each(places.flatMap((place) => [well, returns].map((course) => ({ ...place, ...course }))))(
      "in $course with containers $place is repaired by the next run",
      ({ options, place, ...course }) => {
        const start = async () => ({ ...(await behind("nginx", options)()), env: engine.env });
        return killEverywhere({ ...course, place, start, sample: 0 });
      },
    );
  },
);

function isTried({ sample }: Case): boolean {
  return SOAK || sample !== 0;
}

/** One deploy for each act of a course, killed there and repaired. */
async function killEverywhere({ start, keys: wanted, code, sample }: Case): Promise<void> {
  await withHost(start, async ({ host, keys: own, env: variables = {} }) => {
    const keys = { ...own, ...wanted };
    const log = path.join(host.directory, "acts");
    const course = await host.deploy("r1", keys, { env: { ...variables, CRASH_LOG: log } });
    expect(course.code, JSON.stringify(course.end)).toBe(code);
    const acts = readFileSync(log, "utf8")
      .trimEnd()
      .split("\n")
      .map((act) => act.trim());
    for (const [index, at] of chosen(sample, acts).entries()) {
      const env = { ...variables, CRASH_AT: `${at + 1}` };
      const killed = await host.deploy(`r${index + 2}`, keys, { env });
      const story = `killed ${acts[at]} (${at + 1})`;
      expect(killed.code, `${story}: ${JSON.stringify(killed.end)}`).toBeNull();
      await expectRepaired(host, story, variables);
    }
  });
}

/** The places of the acts that are tried. */
function chosen(sample: Case["sample"], acts: readonly string[]): readonly number[] {
  if (typeof sample === "number" || SOAK)
    return some(typeof sample === "number" ? sample : 0, [...acts.keys()]);
  runs(sample.length, acts.length);
  expect(acts).toEqual(expect.arrayContaining([...sample]));
  return sample.map((act) => acts.indexOf(act));
}

/** A host on which a release serves, and is asked for all the time: not one request may go wrong. */
async function withHost(start: () => Promise<Place>, work: (place: Place) => Promise<void>) {
  const place = await start();
  try {
    const { code, end } = await place.host.deploy("r0", place.keys, { env: place.env ?? {} });
    expect(code, JSON.stringify(end)).toBe(0);
    const load = watch(place.host);
    await work(place);
    expect(await load.stop()).toEqual([]);
  } finally {
    await place.stop();
  }
}

async function expectRepaired(host: AgentHost, killed: string, env: Place["env"] = {}): Promise<void> {
  const repair = await host.call(["repair", "shop"], { env });
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
  // A client that was started for a switch has ended with its agent.
  await expect.poll(() => processesWith(`${host.directory}/haproxy.sock`), { message: story }).toEqual([]);
}

/** The command lines with a word. */
function processesWith(word: string): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
        return words.includes(word) ? [words.join(" ")] : [];
      } catch {
        return []; // It has ended.
      }
    });
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
