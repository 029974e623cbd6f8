import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configSchema } from "../../actions/blue-green-switch/src/config-schema.ts";
import { type Order, planText } from "../../actions/blue-green-switch/src/plan.ts";

const smallest = {
  app: "shop",
  colors: { blue: 8001, green: 8002 },
  start: { command: { start: "sh start.sh", stop: "sh stop.sh" } },
  health: { path: "/health", contains: "v=${release};" },
  router: { kind: "nginx" },
  "public-url": "http://127.0.0.1/health",
};

const order: Order = {
  deploy: "d1",
  operation: "deploy",
  release: "r1",
  image: undefined,
  actor: "octocat",
  run: "",
  force: false,
  hold: false,
  dryRun: false,
  lockWaitMs: 0,
  hosts: 1,
  migrate: true,
  envFiles: [],
};

/** The plan as the agent reads it. */
function plan(config: object, change: Partial<Order> = {}): Record<string, string> {
  const text = planText(configSchema.parse(config), { ...order, ...change });
  const pairs = text
    .trimEnd()
    .split("\n")
    .map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  expect(new Set(pairs.map(([key]) => key)).size).toBe(pairs.length);
  return Object.fromEntries(pairs);
}

describe("a plan for the host", () => {
  it("has every default filled in, durations in milliseconds", () => {
    expect(plan(smallest)).toMatchObject({
      format: "1",
      first: "blue",
      "second-port": "8002",
      "health-contains": "v=r1;",
      "health-within": "60000",
      stability: "30000",
      settle: "2000",
      drain: "30000",
      "keep-releases": "5",
      barrier: "0",
      hold: "0",
    });
  });

  it("hands the migration to one host only, and tells all of them what it means for the way back", () => {
    const config = { ...smallest, migrate: { command: "migrate up", irreversible: true } };
    expect(plan(config)).toMatchObject({ migrate: "migrate up", "migrate-irreversible": "1" });
    const other = plan(config, { migrate: false });
    expect(other).not.toHaveProperty("migrate");
    expect(other).toMatchObject({ "migrate-irreversible": "1" });
  });

  it("takes the image of the input before that of the config, and its options word by word", () => {
    const start = {
      image: "ghcr.io/acme/shop:${release}",
      port: 80,
      options: ["-v", "data:/data"],
      command: ["serve"],
    };
    expect(plan({ ...smallest, start })).toMatchObject({
      image: "ghcr.io/acme/shop:r1",
      "image-port": "80",
      "image-option-1": "-v",
      "image-option-2": "data:/data",
      "image-command-1": "serve",
    });
    expect(plan({ ...smallest, start }, { image: "ghcr.io/acme/shop@sha256:1" })["image"]).toBe(
      "ghcr.io/acme/shop@sha256:1",
    );
  });

  it("gives two hooks the longer of their limits", () => {
    const hooks = { "pre-switch": { command: "smoke", within: "10m" }, "post-switch": "warm" };
    expect(plan({ ...smallest, ...hooks })).toMatchObject({
      "pre-switch": "smoke",
      "post-switch": "warm",
      "hook-within": "600000",
    });
  });

  it("has each of several hosts wait for as long as the others may take by their own limits", () => {
    const slow = { ...smallest, health: { ...smallest.health, within: "10m" }, pause: "1m" };
    expect(plan(slow)).toMatchObject({ barrier: "0", "wait-within": "900000" });
    expect(plan(slow, { hosts: 3 })).toMatchObject({ barrier: "1", "wait-within": String(3 * 720_000) });
    expect(plan({ ...slow, "wait-within": "2h" }, { hosts: 3 })).toMatchObject({ "wait-within": "7200000" });
  });

  it("keeps one value on one line, whatever is in it", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).filter((text) => text !== "" && !/[\n\r\0]/.test(text)),
        (command) => {
          const config = { ...smallest, start: { command: { start: command, stop: "true" } } };
          expect(plan(config)["start-command"]).toBe(command);
        },
      ),
    );
  });
});

describe("the config", () => {
  const refused = [
    ["the same port twice", { colors: { blue: 8001, green: 8001 } }, /same port/],
    ["three colours", { colors: { a: 1, b: 2, c: 3 } }, /two colours/],
    [
      "a health check that cannot tell releases apart",
      { health: { path: "/", contains: "ok" } },
      /\$\{release\}/,
    ],
    ["no health path", { health: { contains: "${release}" } }, /path/],
    ["no router", { router: undefined }, /router/],
    ["an unknown key", { stabilty: "3s" }, /stabilty/],
    ["a command of two lines", { start: { command: { start: "a\nb", stop: "c" } } }, /start/],
    ["a host that is none", { hosts: ["a b"] }, /hosts|host/],
  ] as const;
  it.each(refused)("is refused with %s", (_what, change, why) => {
    const result = configSchema.safeParse({ ...smallest, ...change });
    expect(result.success).toBe(false);
    expect(JSON.stringify(result.error?.issues)).toMatch(why);
  });
});
