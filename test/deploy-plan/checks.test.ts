import { describe, expect, it } from "vitest";
import { runState } from "../../actions/deploy-plan/src/checks.ts";
import { RECORD_TASK } from "../../shared/deployments/record.ts";
import { refusal, type Setting, setUp } from "./setting.ts";

const FAILED = { state: "failure", description: "" };

const run = (name: string, conclusion: string | null, ofRun = "1") => ({
  name,
  status: conclusion === null ? "in_progress" : "completed",
  conclusion,
  details_url: `https://github.example/acme/shop/actions/runs/${ofRun}/job/5`,
});

function report(
  { github, main }: Setting,
  ...runs: readonly (ReturnType<typeof run> & { suite?: number; id?: number })[]
): void {
  github.checks.runs.set(main[3], runs);
}

describe("the checks of a commit", () => {
  it.each([
    ["success", true],
    ["neutral", true],
    ["skipped", true],
    ["failure", false],
    ["cancelled", false],
    ["timed_out", false],
    ["action_required", false],
  ] as const)("with the conclusion %s let it pass: %s", async (conclusion, green) => {
    const setting = await setUp();
    report(setting, run("tests", conclusion));
    const outcome = await setting.plan();
    expect(outcome.result).toBe(green ? "deploy" : "refused");
    if (!green) expect(refusal(outcome)).toContain(`Not green: tests (${conclusion})`);
  });

  it.each(["stale", "startup_failure", "whatever comes"])(
    "with the conclusion %s are red, too",
    (conclusion) => {
      expect(runState("completed", conclusion)).toBe("red");
      expect(runState("waiting", null)).toBe("pending");
    },
  );

  it.each([
    ["success", true],
    ["failure", false],
    ["error", false],
  ] as const)("of another kind, statuses, with %s let it pass: %s", async (state, green) => {
    const setting = await setUp();
    setting.github.checks.statuses.set(setting.main[3], [{ context: "external", state }]);
    expect((await setting.plan()).result).toBe(green ? "deploy" : "refused");
  });

  it.each([
    ["none has reported", [], {}, true],
    ["all were skipped", [run("tests", "skipped")], {}, true],
    ["one was a success", [run("tests", "success")], {}, false],
    ["a job of this run was one", [run("tests", "success", "77"), run("plan", null, "77")], {}, false],
    ["none is wanted", [], { "require-checks": "none" }, false],
  ] as const)("are missed when %s", async (_name, runs, inputs, warns) => {
    const setting = await setUp();
    report(setting, ...runs);
    const outcome = await setting.plan(inputs);
    expect(outcome.result).toBe("deploy");
    const warnings = outcome.annotations?.map(({ message }) => message).join() ?? "";
    expect(warnings.includes("Not one check has succeeded")).toBe(warns);
  });

  it("of this very run do not wait for themselves", async () => {
    const setting = await setUp();
    report(setting, run("plan", null, "77"), run("tests", "success"));
    expect((await setting.plan()).result).toBe("deploy");
    expect(setting.clock.slept()).toBe(0);
  });

  it("are waited for, and then asked for again", async () => {
    const setting = await setUp();
    report(setting, run("tests", null));
    let asked = 0;
    setting.github.intervene(({ url }) => {
      if (url.includes("/check-runs") && ++asked === 3) report(setting, run("tests", "success"));
      return undefined;
    });
    expect((await setting.plan()).result).toBe("deploy");
    expect(setting.clock.slept()).toBe(20_000);
  });

  it("that never finish are refused when the time is over", async () => {
    const setting = await setUp();
    report(setting, run("tests", null));
    const outcome = await setting.plan({ "wait-for-checks": "1m" });
    expect(refusal(outcome)).toContain("Not finished: tests (in_progress)");
    expect(setting.clock.slept()).toBeLessThanOrEqual(60_000);
  });

  it("that are red already are not waited for", async () => {
    const setting = await setUp();
    report(setting, run("lint", "failure"), run("tests", null));
    expect((await setting.plan()).result).toBe("refused");
    expect(setting.clock.slept()).toBe(0);
  });

  it("by their names have to be there and green, all of one name, and no other counts", async () => {
    const setting = await setUp();
    const named = { "require-checks": "tests", "wait-for-checks": "0s" };
    report(setting, run("other", "failure"), run("tests", "success", "77"));
    expect((await setting.plan(named)).result).toBe("deploy");
    report(setting, run("tests", "success"), run("tests", "failure"));
    expect(refusal(await setting.plan(named))).toContain("Not green: tests");
    report(setting, run("other", "success"));
    expect(refusal(await setting.plan(named))).toContain("Never reported: tests");
    report(setting, run("other", "failure"));
    expect((await setting.plan({ "require-checks": "none" })).result).toBe("deploy");
  });

  const suite = (id: number, status: string, more: object = {}) => {
    const conclusion = status === "completed" ? "success" : null;
    return { ...{ id, status, conclusion, slug: "github-actions", runs: 1 }, ...more };
  };

  it("are not all there while a workflow goes on: a job has no check before those that it needs are over", async () => {
    const setting = await setUp();
    const { github, clock, main } = setting;
    report(setting, { ...run("build", "success"), suite: 5 });
    github.checks.suites.set(main[3], [suite(5, "in_progress")]);
    let asked = 0;
    github.intervene(({ url }) => {
      if (!url.includes("/check-suites") || ++asked < 3) return undefined;
      github.checks.suites.set(main[3], [suite(5, "completed", { conclusion: "failure" })]);
      report(setting, run("build", "success"), run("tests", "failure"));
      return undefined;
    });
    expect(refusal(await setting.plan())).toContain("Not green: tests (failure)");
    expect(clock.slept()).toBe(20_000);
  });

  it.each([
    { name: "a workflow that is queued", suites: [suite(5, "queued", { runs: 0 })], told: "check suite 5" },
    {
      name: "a workflow that could not start",
      suites: [suite(5, "completed", { conclusion: "startup_failure", runs: 0 })],
      told: "startup_failure",
    },
    {
      name: "an app that only is installed",
      suites: [suite(6, "queued", { slug: "bot", runs: 0 })],
      told: "",
    },
    { name: "this very run", suites: [suite(1, "in_progress")], told: "" },
  ])("$name: refused by '$told'", async ({ suites, told }) => {
    const setting = await setUp();
    report(setting, run("plan", null, "77"), { ...run("tests", "success"), suite: 9 });
    setting.github.checks.suites.set(setting.main[3], suites);
    const outcome = await setting.plan({ "wait-for-checks": "0s" });
    if (told === "") expect(outcome.result).toBe("deploy");
    else expect(refusal(outcome)).toContain(told);
  });

  it("by their names have proved nothing when they were only skipped", async () => {
    const setting = await setUp();
    const named = { "require-checks": "tests", "wait-for-checks": "0s" };
    report(setting, run("build", "failure"), run("tests", "skipped"));
    expect(refusal(await setting.plan(named))).toContain("Not green: tests (skipped)");
    report(setting, run("tests", "skipped"), run("tests", "success"));
    expect((await setting.plan(named)).result).toBe("deploy");
  });

  it("are read to the last page", async () => {
    const setting = await setUp();
    report(
      setting,
      ...Array.from({ length: 250 }, (_, at) => run(`t${at}`, at === 249 ? "failure" : "success")),
    );
    expect(refusal(await setting.plan())).toContain("t249");
  });
});

describe("the red checks that earlier deploys of a commit have left on it", () => {
  const OURS = { GITHUB_ACTION_REPOSITORY: "org/actions" };
  const ok = (name: string) => ({ name, conclusion: "success" });
  const failed = (name: string) => ({ name, conclusion: "failure" });
  const skipped = (name: string) => ({ name, conclusion: "skipped" });
  const record = ok("Run org/actions/deploy-record@v1.2.3");
  const DEPLOY = [ok("Set up job"), record, failed("Run org/actions/smoke-test@v1.2.3"), ok("Complete job")];
  const PLAN = [ok("Set up job"), failed("Run org/actions/deploy-plan@v1.2.3"), ok("Complete job")];

  /** Run 50 has failed by a job with these steps, and recorded a deploy to an environment, or none. */
  async function afterRun(
    steps: readonly { name: string; conclusion: string }[],
    recorded?: string,
    { id = 5, status = FAILED } = {},
  ) {
    const setting = await setUp();
    const { github, main } = setting;
    github.checks.jobs.set(5, { run: 50, steps });
    report(setting, run("tests", "success", "50"), { ...run("deploy / it", "failure", "50"), id });
    for (const [at, environment] of (recorded?.split(" ") ?? []).entries()) {
      const payload = {
        "deploy-record": 1,
        operation: "deploy",
        version: main[3],
        sha: main[3],
        run: "50/1",
      };
      const deployment = { environment, task: RECORD_TASK, payload, description: "" };
      github.deployments.unshift({
        id: at + 1,
        sha: main[3],
        ...deployment,
        statuses: [at === 0 ? FAILED : status],
      });
    }
    return setting;
  }

  it("count when the run has failed to bring it elsewhere, too, and not when that went well", async () => {
    const both = await afterRun(DEPLOY, "production staging");
    expect(refusal(await both.plan({}, OURS))).toContain("Not green: deploy / it (failure)");
    const status = { state: "success", description: "" };
    const well = await afterRun(DEPLOY, "production staging", { status });
    expect((await well.plan({}, OURS)).result).toBe("deploy");
  });

  it("are none of an app that names the job of a deploy as its address", async () => {
    const forged = await afterRun(DEPLOY, "production", { id: 6 });
    expect(refusal(await forged.plan({}, OURS))).toContain("Not green: deploy / it (failure)");
  });

  it("do not keep it from being deployed again", async () => {
    const setting = await afterRun(DEPLOY, "production");
    expect((await setting.plan({}, OURS)).result).toBe("deploy");
    expect(setting.github.journal).toContain("actions/get-job-for-workflow-run");
  });

  it("are not looked after where nothing is red", async () => {
    const setting = await setUp();
    report(setting, run("tests", "success", "50"));
    await setting.plan({}, OURS);
    expect(setting.github.journal).not.toContain("actions/get-job-for-workflow-run");
  });

  it("say nothing when they are those of a refused plan, which is about no code", async () => {
    expect((await (await afterRun(PLAN)).plan({}, OURS)).result).toBe("deploy");
  });

  it.each([
    ["a deploy to another environment", DEPLOY, "staging", OURS],
    ["a deploy that nobody has recorded", DEPLOY, undefined, OURS],
    ["tests in the job that deploys", [...DEPLOY, failed("Run npm test")], "production", OURS],
    ["tests left out after a deploy", [...DEPLOY, skipped("Run npm test")], "production", OURS],
    ["tests left out after a plan", [...PLAN, skipped("Run npm test")], undefined, OURS],
    ["tests in the job that plans", [...PLAN, failed("Run npm test")], undefined, OURS],
    [
      "tests before a plan that was well",
      [failed("Run npm test"), ok("Run org/actions/deploy-plan@v1")],
      undefined,
      OURS,
    ],
    [
      "a gate of ours that is no part of a deploy",
      [record, failed("Run org/actions/schema-drift@v1")],
      "production",
      OURS,
    ],
    [
      "actions of somebody else by the same names",
      [record, failed("Run other/actions/smoke-test@v1")],
      "production",
      OURS,
    ],
    ["a job of tests in the run that deployed", [failed("Run npm test")], "production", OURS],
    ["anything, where the runner does not say whose action this is", DEPLOY, "production", {}],
  ] as const)("count when they are of %s", async (_name, steps, recorded, env) => {
    const outcome = await (await afterRun(steps, recorded)).plan({}, env);
    expect(refusal(outcome)).toContain("Not green: deploy / it (failure)");
  });

  it("count where the token may not see jobs, and where they are asked for by name", async () => {
    const setting = await afterRun(DEPLOY, "production");
    setting.github.permissions.delete("actions: read");
    expect(refusal(await setting.plan({}, OURS))).toContain("Not green: deploy / it (failure)");
    const named = await afterRun(DEPLOY, "production");
    const outcome = await named.plan({ "require-checks": "tests, deploy / it" }, OURS);
    expect(refusal(outcome)).toContain("Not green: deploy / it (failure)");
  });
});
