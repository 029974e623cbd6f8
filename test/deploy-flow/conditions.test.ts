import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verdictOf } from "../../actions/deploy-record/src/verdict.ts";
import {
  type Act,
  type JobRun,
  jobStarts,
  runJob,
  type Scenario,
  stepInputs,
} from "../support/workflow-job.ts";

const FILE = ".github/workflows/deploy.yml";

const inputs = {
  ...{ platform: "blue-green", "secrets-manifest": ".github/secrets.yml", "backup-destination": "/b" },
};
const plan = { action: "deploy", environment: "production", previous: "v1", "previous-sha": "1".repeat(40) };
const env = { HAS_TELEGRAM: "true", HAS_CDN: "true", HAS_ROLLBACK_HOOK: "false" };

function deploy(acts: Readonly<Record<string, Act>>, more: Partial<Scenario> = {}): Promise<JobRun> {
  const needs = { plan: { result: "success", outputs: plan } };
  return runJob(FILE, "deploy", {
    acts: { recorded: { outcome: "success", outputs: { record: "/record.json" } }, ...acts },
    needs,
    env,
    ...more,
    inputs: { ...inputs, ...more.inputs },
  });
}

const ran = ({ steps }: JobRun) => Object.keys(steps).filter((id) => steps[id]?.outcome !== "skipped");
const resultOf = ({ steps, status }: JobRun) => verdictOf(steps, { job: status, operation: "deploy" }).result;
const failed = (outputs: Record<string, string> = {}): Act => ({ outcome: "failure", outputs });
const done = (outputs: Record<string, string>): Act => ({ outcome: "success", outputs });
const cancelled = (outputs: Record<string, string> = {}): Act => ({ outcome: "cancelled", outputs });

describe("the steps of a deploy, as GitHub's runner goes through them", () => {
  it("end well without a way back", async () => {
    const run = await deploy({ switch: done({ result: "deployed" }) });
    expect(ran(run)).not.toContain("back-switch");
    expect(ran(run)).toEqual(expect.arrayContaining(["backup", "switch", "smoke", "purge", "recorded"]));
    expect(resultOf(run)).toBe("deployed");
  });

  it.each([
    {
      name: "while secrets are checked",
      acts: { secrets: cancelled() },
      back: false,
      result: "not-deployed",
    },
    { name: "during the backup", acts: { backup: cancelled() }, back: false, result: "not-deployed" },
    {
      name: "before the switch",
      acts: { switch: cancelled({ result: "aborted" }) },
      back: false,
      result: "not-deployed",
    },
    {
      name: "and nobody knows what the switch did",
      acts: { switch: cancelled() },
      back: true,
      result: "rolled-back",
    },
    {
      name: "when it is switched",
      acts: { switch: { outcome: "success", outputs: { result: "deployed" }, cancels: true } },
      back: true,
      result: "rolled-back",
    },
    { name: "while it is proven", acts: { smoke: cancelled() }, back: true, result: "rolled-back" },
  ] as const)(
    "cancelled $name: goes back: $back, and it is recorded and told",
    async ({ acts, back, result }) => {
      const run = await deploy({ ...acts, "back-switch": done({ result: "deployed" }) });
      expect(ran(run).includes("back-switch")).toBe(back);
      expect(ran(run).includes("prove")).toBe(back);
      expect(ran(run)).toContain("recorded");
      expect(Object.values(run.steps).at(-1)?.outcome).toBe("success");
      expect(resultOf(run)).toBe(result);
    },
  );

  it.each([
    { called: "yes", back: true },
    { called: "unknown", back: true },
    { called: "", back: true },
    { called: "no", back: false },
  ])("a hook that failed with called=$called is called back: $back", async ({ called, back }) => {
    const run = await deploy({ hook: failed({ called }) }, { inputs: { platform: "render" } });
    expect(ran(run).includes("back-hook")).toBe(back);
    expect(ran(run)).not.toContain("switch");
  });

  it.each([
    { platform: "blue-green", acts: { smoke: failed() }, result: "unproven" },
    { platform: "blue-green", acts: { purge: failed() }, result: "deployed" },
    { platform: "blue-green", acts: { smoke: cancelled() }, result: "unproven" },
    { platform: "hook", acts: { smoke: failed() }, result: "unproven" },
    { platform: "render", acts: { purge: failed() }, result: "deployed" },
  ])(
    "a rollback by $platform never goes back to what nobody wanted: $result",
    async ({ platform, ...one }) => {
      const run = await deploy(one.acts, {
        inputs: { platform },
        env: { ...env, HAS_ROLLBACK_HOOK: "true" },
        needs: { plan: { result: "success", outputs: { ...plan, action: "rollback" } } },
      });
      expect(ran(run).filter((id) => id.startsWith("back-"))).toEqual([]);
      expect(verdictOf(run.steps, { job: run.status, operation: "rollback" })).toMatchObject({
        ...{ result: one.result, status: "failure" },
      });
      for (const id of ["secrets", "backup"]) expect(ran(run)).not.toContain(id);
    },
  );

  it("a hook without a way back is not called twice, and counts as unproven", async () => {
    const other = { inputs: { platform: "hook" } };
    const run = await deploy({ smoke: failed() }, other);
    expect(ran(run)).not.toContain("back-hook");
    expect(resultOf(run)).toBe("unproven");
    const withHook = await deploy(
      { smoke: failed() },
      { ...other, env: { ...env, HAS_ROLLBACK_HOOK: "true" } },
    );
    expect(resultOf(withHook)).toBe("rolled-back");
  });

  it("are recorded and told, whatever happens, and never end well by mistake", async () => {
    const ids = ["record", "started", "checkout", "secrets", "backup", "switch", "smoke", "purge"];
    const back = ["back-switch", "prove", "back-purge"];
    const act = fc.record({
      outcome: fc.constantFrom("success", "failure", "cancelled"),
      outputs: fc.constantFrom<Record<string, string>>(
        ...[{}, { result: "deployed" }, { result: "aborted" }, { result: "rolled-back" }],
      ),
    });
    const acts = fc.dictionary(fc.constantFrom(...ids, ...back), act as fc.Arbitrary<Act>);
    await fc.assert(
      fc.asyncProperty(acts, async (given) => {
        const run = await deploy(given);
        expect(ran(run)).toContain("recorded");
        const result = resultOf(run);
        const ended = Object.entries(run.steps).filter(([id]) => !["recorded", "started"].includes(id));
        const bad = ended.some(([, { outcome }]) => outcome === "failure" || outcome === "cancelled");
        if (result === "deployed") {
          expect(bad).toBe(false);
          expect(run.steps["back-switch"]?.outcome).toBe("skipped");
          expect(run.steps["smoke"]?.outcome).toBe("success");
        }
        // Nothing before a failure of secrets or backup is ever switched.
        if (["failure", "cancelled"].includes(run.steps["backup"]?.outcome ?? ""))
          expect(run.steps["switch"]?.outcome).toBe("skipped");
      }),
      { numRuns: 60 },
    );
  });
});

describe("what the steps of a deploy are given", () => {
  const secrets = { DEPLOY_HOOK: "deploys", ROLLBACK_HOOK: "goes back" };
  const whole = { ...plan, version: "v2", sha: "2".repeat(40), digest: "" };

  it.each([
    { platform: "hook", action: "deploy", url: "deploys", ref: "" },
    { platform: "hook", action: "promote", url: "deploys", ref: "" },
    { platform: "hook", action: "rollback", url: "goes back", ref: "" },
    { platform: "render", action: "rollback", url: "deploys", ref: whole.sha },
    { platform: "render", action: "deploy", image: "ghcr.io/acme/shop", url: "deploys", ref: "" },
    // Railway builds from commits: without one it would take the newest of its branch.
    { platform: "railway", action: "deploy", image: "ghcr.io/acme/shop", url: "deploys", ref: whole.sha },
  ])(
    "$platform is called to $action by the hook that $url",
    async ({ platform, action, image = "", ...one }) => {
      const needs = { plan: { result: "success", outputs: { ...whole, action } } };
      const given = await stepInputs(FILE, "deploy", "hook", {
        ...{ needs, env, secrets },
        inputs: { platform, image },
      });
      expect(given).toMatchObject({ "hook-url": one.url, ref: one.ref });
    },
  );

  it.each(["deploy", "rollback"])(
    "a hook that is missing is not replaced by the other one: %s",
    async (action) => {
      const needs = { plan: { result: "success", outputs: { ...whole, action } } };
      const [missing, other] =
        action === "deploy" ? ["DEPLOY_HOOK", "ROLLBACK_HOOK"] : ["ROLLBACK_HOOK", "DEPLOY_HOOK"];
      const given = await stepInputs(FILE, "deploy", "hook", {
        ...{ needs, env, secrets: { [missing as string]: "", [other as string]: "the other" } },
        inputs: { platform: "hook", image: "" },
      });
      expect(given["hook-url"]).toBe("");
    },
  );
});

describe("the jobs of the flow", () => {
  it.each([
    { deploy: "failure", result: "", starts: true },
    { deploy: "failure", result: "rolled-back", starts: false },
    { deploy: "success", result: "deployed", starts: false },
    { deploy: "cancelled", result: "", starts: true },
    { deploy: "cancelled", result: "rolled-back", starts: false },
    { deploy: "skipped", result: "", starts: false },
  ])("tell of a deploy that ended as $deploy with '$result' beside it: $starts", async (one) => {
    const needs = {
      plan: { result: "success", outputs: plan },
      deploy: { result: one.deploy, outputs: { result: one.result } },
    };
    const state = one.deploy === "skipped" ? "success" : (one.deploy as "success" | "failure" | "cancelled");
    expect(await jobStarts(FILE, "untold", { needs, inputs, env }, state)).toBe(one.starts);
  });

  it.each([
    { action: "deploy", state: "success", starts: true },
    { action: "skip", state: "success", starts: false },
    { action: "", state: "failure", starts: false },
  ] as const)("deploy after the plan $action: $starts", async ({ action, state, starts }) => {
    const needs = { plan: { result: state, outputs: { ...plan, action } } };
    expect(await jobStarts(FILE, "deploy", { needs, inputs }, state)).toBe(starts);
  });
});
