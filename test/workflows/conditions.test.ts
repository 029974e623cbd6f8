import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { spec } from "../../actions/jobs-verdict/src/inputs.ts";
import { judge } from "../../actions/jobs-verdict/src/verdict.ts";
import { parseList } from "../../shared/runtime/values.ts";
import { type Act, evaluated, jobStarts, runJob, type Scenario } from "../support/workflow-job.ts";

const file = (name: string): string => path.join(".github/workflows", `${name}.yml`);
const failed: Act = { outcome: "failure" };
type Result = "success" | "failure" | "cancelled" | "skipped";

type Workflow = {
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly needs?: readonly string[];
        readonly steps: readonly { readonly with: { readonly "may-skip": string } }[];
      }
    >
  >;
};

/** What the last job of a workflow says of the results of the others, which are `success` unless given. */
function verdict(name: string, results: Readonly<Record<string, Result>>, scenario: Scenario = {}): boolean {
  const { jobs } = parse(readFileSync(file(name), "utf8")) as Workflow;
  const last = jobs[`${name}-ok`];
  const ended = Object.fromEntries(
    (last?.needs ?? []).map((job) => [job, { result: results[job] ?? "success" }]),
  );
  const plan = {
    result: results["plan"] ?? "success",
    outputs: { idle: "" },
    ...(scenario.needs?.["plan"] as object),
  };
  const text = evaluated(last?.steps[0]?.with["may-skip"] ?? "", { ...scenario, needs: { ...ended, plan } });
  return judge(spec.needs.parse(JSON.stringify(ended)), parseList(text)).every(
    ({ problem }) => problem === undefined,
  );
}

describe("the last job of", () => {
  it.each(["ci", "e2e", "security"])("%s runs whatever became of the others", async (name) => {
    for (const state of ["success", "failure", "cancelled"] as const)
      expect(await jobStarts(file(name), `${name}-ok`, {}, state)).toBe(true);
  });

  it.each(["ci", "e2e", "security"])("%s needs every other job that may decide", (name) => {
    const { jobs } = parse(readFileSync(file(name), "utf8")) as Workflow;
    const others = Object.keys(jobs).filter((job) => job !== `${name}-ok` && job !== "upload");
    expect(jobs[`${name}-ok`]?.needs?.toSorted()).toEqual(others.sort());
  });

  const ci = { inputs: { workflows: true, ios: true } };
  const idle = (jobs: string, inputs = ci.inputs) => ({
    inputs,
    needs: { plan: { outputs: { idle: jobs } } },
  });
  it.each([
    ["all passed", {}, ci, true],
    [
      "nothing had to run",
      { services: "skipped", android: "skipped", ios: "skipped" },
      idle("services\nandroid\nios"),
      true,
    ],
    ["what was idle failed all the same", { services: "failure" }, idle("services"), false],
    ["a service failed", { services: "failure", android: "skipped" }, idle("android"), false],
    ["a service was cancelled", { services: "cancelled" }, ci, false],
    ["what should have run was skipped", { services: "skipped" }, idle("android\nios"), false],
    [
      "the plan failed, and all was skipped",
      { plan: "failure", services: "skipped", android: "skipped", ios: "skipped" },
      ci,
      false,
    ],
    ["iOS was turned off", { ios: "skipped" }, idle("", { workflows: true, ios: false }), true],
    [
      "the workflows were turned off",
      { workflows: "skipped" },
      idle("", { workflows: false, ios: true }),
      true,
    ],
    ["the workflows were skipped and not turned off", { workflows: "skipped" }, ci, false],
  ] as const)("ci says of a run in which %s: %s", (_name, results, scenario, well) => {
    expect(verdict("ci", results, scenario)).toBe(well);
  });

  const suites = { integration: "a", e2e: "b", "third-party": "c" };
  const pull = (repository: string) => ({
    ...{ event_name: "pull_request", repository: "acme/shop" },
    event: { pull_request: { head: { repo: { full_name: repository } } } },
  });
  it.each([
    ["all passed", {}, { inputs: suites, github: pull("acme/shop") }, true],
    [
      "third parties were left out for a fork",
      { "third-party": "skipped" },
      { inputs: suites, github: pull("x/shop") },
      true,
    ],
    [
      "third parties were left out for nothing",
      { "third-party": "skipped" },
      { inputs: suites, github: pull("acme/shop") },
      false,
    ],
    [
      "third parties were cancelled",
      { "third-party": "cancelled" },
      { inputs: suites, github: pull("x/shop") },
      false,
    ],
    ["a suite failed", { suite: "failure" }, { inputs: suites, github: pull("acme/shop") }, false],
    ["a suite was skipped", { suite: "skipped" }, { inputs: suites, github: pull("acme/shop") }, false],
    [
      "only third parties were asked for",
      { suite: "skipped" },
      { inputs: { ...suites, integration: "", e2e: "" }, github: { event_name: "push" } },
      true,
    ],
  ] as const)("e2e says of a run in which %s", (_name, results, scenario, well) => {
    expect(verdict("e2e", results, scenario)).toBe(well);
  });

  const security = (more: object = {}, github: object = { event_name: "push" }) => ({
    inputs: { "dependency-review": false, codeql: "[]", ...more },
    github: github as Record<string, unknown>,
  });
  const off = { review: "skipped", code: "skipped" } as const;
  it.each([
    ["what was not asked for did not run", off, security(), true],
    ["secrets were found", { ...off, secrets: "failure" }, security(), false],
    ["a scanner was cancelled", { ...off, files: "cancelled" }, security(), false],
    ["dependencies were skipped", { ...off, dependencies: "skipped" }, security(), false],
    ["CodeQL was asked for and skipped", off, security({ codeql: '["python"]' }), false],
    [
      "a review was asked for and skipped",
      off,
      security({ "dependency-review": true }, { event_name: "pull_request" }),
      false,
    ],
    ["a review was asked for, of a push", off, security({ "dependency-review": true }), true],
  ] as const)("security says of a run in which %s", (_name, results, scenario, well) => {
    expect(verdict("security", results, scenario)).toBe(well);
  });
});

describe("a job with secrets", () => {
  const event = (name: string, repository?: string) => ({
    ...{ event_name: name, repository: "acme/shop", ref_name: "main" },
    event: {
      repository: { default_branch: "main" },
      pull_request: {
        head: { repo: repository === undefined ? null : { full_name: repository } },
        user: { login: "dependabot[bot]" },
      },
    },
  });
  it.each([
    ["e2e", "third-party", event("push"), true],
    ["e2e", "third-party", event("pull_request", "acme/shop"), true],
    ["e2e", "third-party", event("pull_request", "somebody/shop"), false],
    ["e2e", "third-party", event("pull_request"), false],
    ["e2e", "third-party", event("pull_request_target", "somebody/shop"), false],
    ["image", "push", event("push"), true],
    ["image", "push", event("pull_request", "acme/shop"), false],
    ["image", "push", event("pull_request_target", "acme/shop"), false],
    ["security", "upload", event("push"), true],
    ["security", "upload", event("pull_request", "somebody/shop"), false],
    ["repo-setup", "setup", event("schedule"), true],
    ["repo-setup", "setup", event("workflow_dispatch"), true],
    ["repo-setup", "setup", { ...event("workflow_dispatch"), ref_name: "other" }, false],
    ["repo-setup", "setup", event("pull_request", "acme/shop"), false],
    ["repo-setup", "setup", event("pull_request_target", "acme/shop"), false],
    ["dependabot", "merge", event("pull_request", "acme/shop"), true],
    ["dependabot", "merge", event("pull_request_target", "acme/shop"), false],
  ] as const)("%s/%s starts for %j: %s", async (name, job, github, starts) => {
    const inputs = { "third-party": "x", push: true, "upload-sarif": true };
    expect(await jobStarts(file(name), job, { inputs, github }, "success")).toBe(starts);
  });

  it("does not push an image that was not scanned", async () => {
    const scenario = { inputs: { push: true }, github: event("push") };
    expect(await jobStarts(file("image"), "push", scenario, "failure")).toBe(false);
    expect(await jobStarts(file("image"), "push", scenario, "cancelled")).toBe(false);
  });
});

describe("the gate of a service's dependencies", () => {
  type Gate = { readonly steps: readonly { readonly id?: string; readonly with?: Record<string, string> }[] };
  const { jobs } = parse(readFileSync(file("security"), "utf8")) as { jobs: Record<string, Gate> };
  const reports = jobs["dependencies"]?.steps.find(({ id }) => id === "gate")?.with?.["reports"] ?? "";
  const text = reports.replaceAll("runner.temp", "'/t'");
  it.each([
    ["python", "pip", "true", ["pip-audit", "bandit", "safety"]],
    ["python", "uv", "false", ["pip-audit", "bandit"]],
    ["node", "npm", "true", ["audit"]],
    ["node", "pnpm", "false", ["audit"]],
  ])(
    "asks for every report of %s with %s, Safety %s: none may be missing",
    (kind, manager, safety, names) => {
      const scenario = { matrix: { kind, manager }, env: { HAS_SAFETY: safety } };
      expect(parseList(evaluated(text, scenario))).toEqual(names.map((name) => `/t/reports/${name}.json`));
    },
  );
});

describe("the steps of a service", () => {
  const matrix = {
    kind: "python",
    manager: "pip",
    install: "i",
    format: "f",
    lint: "l",
    types: "t",
    test: "x",
    build: "none",
    rules: "r",
    reports: "**",
  };
  const run = (acts: Readonly<Record<string, Act>>, more: object = {}) =>
    runJob(file("ci"), "services", {
      acts,
      matrix: { ...matrix, ...more },
      inputs: { postgres: "", redis: "", "database-url": "", "redis-url": "" },
    });
  const ran = async (...given: Parameters<typeof run>): Promise<string[]> =>
    Object.entries((await run(...given)).steps).flatMap(([id, { outcome }]) =>
      outcome === "skipped" ? [] : [id],
    );
  const all = ["format", "lint", "types", "test", "gate"];

  it("run to the end whatever their neighbours say, and the job has failed", async () => {
    for (const step of all.slice(0, -1)) {
      expect(await ran({ [step]: failed }), step).toEqual(expect.arrayContaining(all));
      expect((await run({ [step]: failed })).status, step).toBe("failure");
    }
  });

  it("do not run on half of an installation, nor after a cancellation", async () => {
    for (const step of all) expect(await ran({ ready: failed }), step).not.toContain(step);
    expect(await ran({ lint: { outcome: "cancelled" } })).not.toContain("test");
  });

  it("leave out what is none, and a gate without rules", async () => {
    const names = await ran({}, { types: "none", rules: "" });
    expect(names).not.toContain("types");
    expect(names).not.toContain("gate");
    expect(names).not.toContain("build");
  });
});

describe("the suites of e2e", () => {
  it.each([
    ["a", "b", ["integration", "e2e"]],
    ["a", "", ["integration"]],
    ["", "b", ["e2e"]],
  ])("are those with a command: %j %j", (integration, e2e, suites) => {
    const text = /suite: \$\{\{ fromJSON\((.*)\) \}\}/.exec(readFileSync(file("e2e"), "utf8"))?.[1] ?? "";
    expect(JSON.parse(evaluated(`$\{{ ${text} }}`, { inputs: { integration, e2e } }))).toEqual(suites);
  });

  it.each([
    ["failure", true],
    ["success", true],
    ["cancelled", false],
  ] as const)("are held to their reports after a command that ended as %s: %s", async (outcome, gated) => {
    const { steps } = await runJob(file("e2e"), "suite", {
      acts: { run: { outcome } },
      matrix: { suite: "e2e" },
      inputs: { browsers: "", start: "" },
    });
    expect(steps["gate"]?.outcome !== "skipped").toBe(gated);
  });
});

describe("every reusable workflow", () => {
  it.each(["ci", "e2e", "performance", "security", "image", "repo-setup", "dependabot"])(
    "%s grants nothing by itself, and every job has a deadline and says what it may",
    (name) => {
      const workflow = parse(readFileSync(file(name), "utf8")) as {
        readonly permissions: unknown;
        readonly jobs: Readonly<
          Record<string, { readonly permissions?: unknown; readonly "timeout-minutes"?: unknown }>
        >;
      };
      expect(workflow.permissions).toEqual({});
      for (const [job, { permissions, "timeout-minutes": deadline }] of Object.entries(workflow.jobs)) {
        expect(permissions, job).toBeDefined();
        expect(deadline, job).toBeDefined();
      }
    },
  );
});
