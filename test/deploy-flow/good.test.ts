import { readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { type Flow, startFlow } from "./flow.ts";

describe("the deploy flow", needs("act", "sshd", "nginx", "postgres-15"), () => {
  let flow: Flow;
  beforeAll(async () => {
    flow = await startFlow();
    await flow.database.query(
      "CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders SELECT generate_series(1, 50)",
    );
  }, 60_000);
  afterAll(() => flow.stop());

  it("brings what was pushed live: planned, backed up, switched, proven, recorded, told", {
    timeout: 180_000,
  }, async () => {
    const first = await flow.deploy({ commit: "v1" });
    expect(first.exitCode, first.log).toBe(0);
    expect(first.jobs).toMatchObject({ plan: "success", deploy: "success" });
    expect(await flow.live()).toBe(first.sha);
    expect(first.record).toMatchObject({
      ...{ result: "deployed", version: first.sha, environment: "production", failed: [] },
      steps: { backup: { outcome: "success", outputs: { verified: "archive", rows: "50" } } },
    });
    const stored = readdirSync(path.join(flow.backups, "postgres"));
    expect(stored.filter((name) => name.endsWith(".json"))).toHaveLength(1);
    expect(flow.github.deployments.map(({ statuses }) => statuses.map(({ state }) => state))).toEqual([
      ["success", "in_progress"],
    ]);
    expect(first.messages).toHaveLength(1);
    expect(first.messages[0]?.text).toContain("is live in production");
    expect(first.messages[0]?.earlier[0]).toContain("Deploying");
    expect(flow.github.misuses).toEqual([]);
  });
});
