import { readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { some } from "../support/effort.ts";
import { addRecord } from "../support/github-repository/records.ts";
import { needs } from "../support/needs.ts";
import { type Flow, startFlow } from "./flow.ts";

describe("the deploy flow", needs("act", "sshd", "nginx", "postgres-15"), () => {
  let flow: Flow;
  let good: string;
  const within = { timeout: 180_000 };

  /** The version that was live before is what the router serves. */
  async function expectGood(): Promise<void> {
    expect(await flow.live()).toBe(good);
  }

  beforeAll(async () => {
    flow = await startFlow();
    await flow.database.query(
      "CREATE TABLE orders (id int PRIMARY KEY); INSERT INTO orders SELECT generate_series(1, 50)",
    );
  }, 60_000);
  afterAll(async () => {
    await flow.stop();
    expect(flow.github.misuses).toEqual([]);
    expect(flow.telegram.misuses).toEqual([]);
  });

  it(
    "brings what was pushed live: planned, backed up, switched, proven, recorded, told",
    within,
    async () => {
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
      good = first.sha;
    },
  );

  // Each begins and ends with the good version live.
  const situations: readonly (readonly [string, () => Promise<void>])[] = [
    [
      "from outside the new version is sick: it was live, is taken back, and the old one is proven",
      async () => {
        const sha = flow.push("sick");
        flow.sick.add(sha);
        const result = await flow.deploy({ commit: "sick" });
        expect(result.exitCode).not.toBe(0);
        expect(flow.seen).toContain(sha);
        await expectGood();
        expect(result.steps).toMatchObject({ smoke: "failure", "back-switch": "success", prove: "success" });
        expect(result.record).toMatchObject({ result: "rolled-back", previous: good, failed: ["smoke"] });
        expect(flow.github.deployments[0]?.statuses[0]?.state).toBe("failure");
        expect(result.messages.map(({ text }) => text).join()).toContain(`${good} is live again`);
      },
    ],
    [
      "the new version never becomes healthy: nothing is switched",
      async () => {
        flow.host.behave("never");
        const result = await flow.deploy({ commit: "never" });
        flow.host.behave("well");
        expect(result.exitCode).not.toBe(0);
        await expectGood();
        expect(result.steps).toMatchObject({ switch: "failure" });
        expect(result.steps["back-switch"]).not.toBe("success");
        expect(result.record).toMatchObject({ result: "not-deployed", failed: ["switch"] });
      },
    ],
    [
      "the new version turns sick under watch: the host takes it back by itself, and that is proven",
      async () => {
        flow.host.behave("sick-later");
        const result = await flow.deploy({ commit: "later", config: { stability: "6s" } });
        flow.host.behave("well");
        expect(result.exitCode).not.toBe(0);
        await expectGood();
        expect(result.steps).toMatchObject({ switch: "failure", prove: "success" });
        expect(result.record).toMatchObject({ result: "rolled-back" });
      },
    ],
    [
      "the backup cannot be made: nothing is deployed",
      async () => {
        const url = new URL(flow.database.url);
        url.password = "wrong";
        const result = await flow.deploy({ commit: "no-backup", secrets: { DATABASE_URL: url.href } });
        expect(result.exitCode).not.toBe(0);
        await expectGood();
        expect(result.record).toMatchObject({ result: "not-deployed", failed: ["backup"] });
        expect(result.steps["switch"]).not.toBe("success");
      },
    ],
    [
      "a secret is missing: nothing is backed up or deployed",
      async () => {
        const before = readdirSync(flow.backups, { recursive: true }).length;
        const manifest =
          "environments: [production]\nsecrets:\n  SSH_KEY: { kind: ssh-key }\n  DEPLOY_HOOK: { kind: url }\n";
        const result = await flow.deploy({
          commit: "no-secret",
          inputs: { "secrets-manifest": ".github/secrets.yml" },
          files: { ".github/secrets.yml": manifest },
        });
        expect(result.exitCode).not.toBe(0);
        await expectGood();
        expect(readdirSync(flow.backups, { recursive: true })).toHaveLength(before);
        expect(result.record).toMatchObject({ result: "not-deployed", failed: ["secrets"] });
        expect(result.record?.steps["secrets"]?.outputs).toMatchObject({ missing: "DEPLOY_HOOK" });
      },
    ],
    [
      "the migration fails: nothing is switched",
      async () => {
        const result = await flow.deploy({
          commit: "bad-migration",
          config: { migrate: { command: "exit 3" } },
        });
        expect(result.exitCode).not.toBe(0);
        await expectGood();
        expect(result.record).toMatchObject({ result: "not-deployed", failed: ["switch"] });
      },
    ],
    [
      "a version that succeeded in staging is promoted, and a rollback by choice goes back",
      async () => {
        const sha = flow.push("promoted");
        addRecord(flow.github, { environment: "staging", version: "v2.0.0", sha });
        const inputs = { operation: "promote", environment: "production", "from-environment": "staging" };
        const promoted = await flow.deploy({ commit: "promoted", event: "workflow_dispatch", inputs });
        expect(promoted.exitCode, promoted.log).toBe(0);
        expect(await flow.live()).toBe("v2.0.0");
        expect(promoted.record).toMatchObject({ result: "deployed", operation: "promote", previous: good });

        const back = await flow.deploy({
          commit: "promoted",
          event: "workflow_dispatch",
          inputs: { operation: "rollback", environment: "production" },
        });
        expect(back.exitCode, back.log).toBe(0);
        await expectGood();
        expect(back.record).toMatchObject({ result: "deployed", operation: "rollback", version: good });
        expect(back.record?.steps["backup"]?.outcome).toBe("skipped");
      },
    ],
    [
      "the way back cannot be proven: it is loud, and not recorded as well",
      async () => {
        const sha = flow.push("worst");
        flow.sick.add(sha).add(good);
        const result = await flow.deploy({ commit: "worst" });
        flow.sick.clear();
        expect(result.exitCode).not.toBe(0);
        expect(result.record).toMatchObject({ result: "unproven", failed: ["smoke", "prove"] });
        expect(flow.github.deployments[0]?.statuses[0]?.state).toBe("error");
        expect(result.messages.map(({ text }) => text).join()).toContain("NOBODY KNOWS WHAT IS LIVE");
        await expectGood();
      },
    ],
    [
      "a plan that is refused touches nothing, and is told",
      async () => {
        const result = await flow.deploy({ commit: "refused", inputs: { "require-approval": true } });
        expect(result.exitCode).not.toBe(0);
        expect(result.jobs).toMatchObject({ plan: "failure" });
        expect(result.jobs["deploy"]).not.toBe("success");
        expect(result.record).toBeUndefined();
        expect(result.messages, result.log).toHaveLength(1);
        await expectGood();
      },
    ],
    [
      "a push to a branch that goes nowhere deploys nothing, and is well",
      async () => {
        const records = flow.github.deployments.length;
        const result = await flow.deploy({
          commit: "elsewhere",
          inputs: { branches: "release = production" },
        });
        expect(result.exitCode, result.log).toBe(0);
        expect(flow.github.deployments).toHaveLength(records);
        await expectGood();
      },
    ],
  ];

  it.each(some(3, situations))("%s", within, (_name, run) => run());
});
