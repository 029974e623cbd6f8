import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { type Flow, remember, startFlow } from "./flow.ts";

describe("the deploy flow, when something is wrong", needs("act", "sshd", "nginx", "postgres-15"), () => {
  let flow: Flow;
  let good: string;
  const within = { timeout: 180_000 };

  /** Whether the version that was live before is live, and the run says so. */
  async function expectGood(): Promise<void> {
    expect(await flow.live()).toBe(good);
  }

  beforeAll(async () => {
    flow = await startFlow();
    const first = await flow.deploy({ commit: "good" });
    expect(first.exitCode, first.log).toBe(0);
    good = first.sha;
  }, 180_000);
  afterAll(async () => {
    await flow.stop();
    expect(flow.github.misuses).toEqual([]);
    expect(flow.telegram.misuses).toEqual([]);
  });

  it(
    "from outside the new version is sick: it was live, is taken back, and the old one is proven",
    within,
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
  );

  it("the new version never becomes healthy: nothing is switched", within, async () => {
    flow.host.behave("never");
    const result = await flow.deploy({ commit: "never" });
    flow.host.behave("well");
    expect(result.exitCode).not.toBe(0);
    await expectGood();
    expect(result.steps).toMatchObject({ switch: "failure" });
    expect(result.steps["back-switch"]).not.toBe("success");
    expect(result.record).toMatchObject({ result: "not-deployed", failed: ["switch"] });
  });

  it(
    "the new version turns sick under watch: the host takes it back by itself, and that is proven",
    within,
    async () => {
      flow.host.behave("sick-later");
      const result = await flow.deploy({ commit: "later", config: { stability: "6s" } });
      flow.host.behave("well");
      expect(result.exitCode).not.toBe(0);
      await expectGood();
      expect(result.steps).toMatchObject({ switch: "failure", prove: "success" });
      expect(result.record).toMatchObject({ result: "rolled-back" });
    },
  );

  it("a secret is missing: nothing is backed up or deployed", within, async () => {
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
  });

  it("the backup cannot be made: nothing is deployed", within, async () => {
    const url = new URL(flow.database.url);
    url.password = "wrong";
    const result = await flow.deploy({ commit: "no-backup", secrets: { DATABASE_URL: url.href } });
    expect(result.exitCode).not.toBe(0);
    await expectGood();
    expect(result.record).toMatchObject({ result: "not-deployed", failed: ["backup"] });
    expect(result.steps["switch"]).not.toBe("success");
  });

  it("the migration fails: nothing is switched", within, async () => {
    const result = await flow.deploy({ commit: "bad-migration", config: { migrate: { command: "exit 3" } } });
    expect(result.exitCode).not.toBe(0);
    await expectGood();
    expect(result.record).toMatchObject({ result: "not-deployed", failed: ["switch"] });
  });

  it("the way back cannot be proven: it is loud, and not recorded as well", within, async () => {
    const sha = flow.push("worst");
    flow.sick.add(sha).add(good);
    const result = await flow.deploy({ commit: "worst" });
    flow.sick.clear();
    expect(result.exitCode).not.toBe(0);
    expect(result.record).toMatchObject({ result: "unproven", failed: ["smoke", "prove"] });
    expect(flow.github.deployments[0]?.statuses[0]?.state).toBe("error");
    expect(result.messages.map(({ text }) => text).join()).toContain("NOBODY KNOWS WHAT IS LIVE");
    await expectGood();
  });

  it("a plan that is refused touches nothing, and is told", within, async () => {
    const result = await flow.deploy({ commit: "refused", inputs: { "require-approval": true } });
    expect(result.exitCode).not.toBe(0);
    expect(result.jobs).toMatchObject({ plan: "failure" });
    expect(result.jobs["deploy"]).not.toBe("success");
    expect(result.record).toBeUndefined();
    expect(result.messages, result.log).toHaveLength(1);
    await expectGood();
  });

  it(
    "a version that succeeded in staging is promoted, and a rollback by choice goes back",
    within,
    async () => {
      const sha = flow.push("promoted");
      remember(flow.github, { environment: "staging", version: "v2.0.0", sha });
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
  );

  it("a push to a branch that goes nowhere deploys nothing, and is well", within, async () => {
    const records = flow.github.deployments.length;
    const result = await flow.deploy({ commit: "elsewhere", inputs: { branches: "release = production" } });
    expect(result.exitCode, result.log).toBe(0);
    expect(flow.github.deployments).toHaveLength(records);
    await expectGood();
  });
});
