import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { spec } from "../../actions/schedule-watch/src/inputs.ts";
import { run } from "../../actions/schedule-watch/src/run.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { defaultInputs } from "../support/default-inputs.ts";
import type { FakeRun } from "../support/github-repository/runs.ts";
import { type GitHubRepository, startGitHubRepository } from "../support/github-repository/server.ts";
import { runInProcess } from "../support/in-process.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const defaults = await defaultInputs("schedule-watch");
// A Wednesday. The nightly one was due at 02:17; with six hours of slack.
const NOW = Date.parse("2026-06-10T09:00:00Z");

type Watch = {
  readonly github: GitHubRepository;
  /** Adds a run of nightly.yml. */
  ran(
    at: string,
    conclusion: string | null,
    more?: Partial<FakeRun> & { jobs?: Record<string, string> },
  ): void;
  watch(
    inputs?: Readonly<Record<string, string>>,
    files?: Readonly<Record<string, string>>,
  ): Promise<Outcome>;
};

const NIGHTLY = {
  "nightly.yml": "on:\n  schedule:\n    - cron: '17 2 * * *'\n  workflow_dispatch:\njobs: {}\n",
};

async function setUp(): Promise<Watch> {
  const github = await startGitHubRepository();
  const workspace = makeTempDir("workflows");
  onTestFinished(async () => {
    await github.stop();
    workspace.remove();
    expect(github.misuses).toEqual([]);
  });
  const createdAt = "2026-01-01T00:00:00Z";
  github.actions.workflows.push({ id: 1, path: ".github/workflows/nightly.yml", state: "active", createdAt });
  let id = 0;
  return {
    github,
    ran: (at, conclusion, { event = "schedule", jobs = {}, ...more } = {}) => {
      const list = Object.entries(jobs).map(([name, result]) => ({ name, conclusion: result }));
      github.actions.runs.unshift({
        ...{ id: ++id, workflow: 1, event, branch: "main", createdAt: at, conclusion, attempts: [list] },
        ...more,
      });
    },
    watch: async (inputs = {}, files = NIGHTLY) => {
      for (const [name, text] of Object.entries(files)) writeFileSync(path.join(workspace.path, name), text);
      const given = { ...defaults, workflows: workspace.path, "github-token": github.token, ...inputs };
      const clock = { now: () => NOW, monotonic: () => performance.now(), sleep: async () => undefined };
      const env = { GITHUB_API_URL: github.apiUrl, GITHUB_REPOSITORY: github.name };
      return (await runInProcess({ spec, run }, given, { clock, env })).outcome;
    },
  };
}

const verdicts = ({ details }: Outcome) =>
  (details["watched"] as { verdict: string }[]).map(({ verdict }) => verdict);

describe("a scheduled workflow", () => {
  it.each([
    { runs: [["2026-06-10T03:40:00Z", "success"]], verdict: "well" },
    { runs: [["2026-06-09T02:20:00Z", "success"]], verdict: "late" },
    { runs: [], verdict: "late" },
    { runs: [["2026-06-10T03:40:00Z", "failure"]], verdict: "failing" },
    { runs: [["2026-06-10T03:40:00Z", null]], verdict: "well" },
    // By hand: mends what failed, and shows nothing about the schedule.
    {
      runs: [
        ["2026-06-10T03:00:00Z", "failure"],
        ["2026-06-10T07:00:00Z", "success", "workflow_dispatch"],
      ],
      verdict: "well",
    },
    { runs: [["2026-06-10T07:00:00Z", "success", "workflow_dispatch"]], verdict: "late" },
  ] as const)("with the runs $runs is $verdict", async ({ runs, verdict }) => {
    const { ran, watch } = await setUp();
    for (const [at, conclusion, event = "schedule"] of runs) ran(at, conclusion, { event });
    const outcome = await watch();
    expect(verdicts(outcome)).toEqual([verdict]);
    expect(outcome.result).toBe(verdict === "well" ? "well" : "missed");
    expect(outcome.failures).toHaveLength(verdict === "well" ? 0 : 1);
    expect(outcome.outputs).toMatchObject({
      late: verdict === "late" ? "nightly.yml" : "",
      failing: verdict === "failing" ? "nightly.yml" : "",
    });
  });

  it("is not missed within the slack, nor before it was due since it is as it is", async () => {
    const { github, ran, watch } = await setUp();
    ran("2026-06-09T02:20:00Z", "success");
    expect(verdicts(await watch({ slack: "8h" }))).toEqual(["well"]);
    const [workflow] = github.actions.workflows;
    github.actions.workflows[0] = {
      ...workflow,
      changedAt: "2026-06-10T02:30:00Z",
    } as (typeof github.actions.workflows)[0];
    expect(verdicts(await watch())).toEqual(["waiting"]);
  });

  it("that GitHub has switched off, or does not know, is named", async () => {
    const { github, ran, watch } = await setUp();
    ran("2026-06-10T03:40:00Z", "success");
    for (const workflow of github.actions.workflows) workflow.state = "disabled_inactivity";
    const outcome = await watch(
      {},
      { ...NIGHTLY, "other.yml": "on: { schedule: [{ cron: '1 1 * * *' }] }\n" },
    );
    expect(verdicts(outcome)).toEqual(["disabled", "unknown"]);
    expect(outcome.outputs["detail"]).toBe("nightly.yml is switched off. other.yml is not known to GitHub.");
    expect(outcome.outputs["late"]).toBe("nightly.yml,other.yml");
  });

  it("is left out when it is to be ignored; what has no schedule always is", async () => {
    const { watch } = await setUp();
    const files = {
      ...NIGHTLY,
      "ci.yml": "on: [push]\n",
      "odd.yml": "{",
      "odd.txt": "{",
      "b.yml": "on: { schedule: [{ cron: '1 1 * * *' }] }\n",
    };
    expect(verdicts(await watch({ ignore: "b.yml, odd.yml" }, files))).toEqual(["late"]);
  });
});

describe("a job of a workflow with several schedules", () => {
  const jobs = "nightly.yml: drill / drill = 35d";

  it.each([
    { results: [["2026-05-12T03:00:00Z", "success"]], verdict: "well" },
    { results: [["2026-04-12T03:00:00Z", "success"]], verdict: "late" },
    {
      results: [
        ["2026-05-12T03:00:00Z", "failure"],
        ["2026-04-12T03:00:00Z", "success"],
      ],
      verdict: "failing",
    },
    { results: [["2026-05-12T03:00:00Z", "skipped"]], verdict: "late" },
  ] as const)("with $results is $verdict", async ({ results, verdict }) => {
    const { ran, watch } = await setUp();
    for (const [at, result] of results.toReversed())
      ran(at, "success", { jobs: { "drill / drill": result } });
    ran("2026-06-10T03:40:00Z", "success", { jobs: { "drill / drill": "skipped", backup: "success" } });
    expect(verdicts(await watch({ jobs }))).toEqual(["well", verdict]);
  });
});

describe("what a pull request says of a schedule", () => {
  it.each([
    { event: "pull_request", from: "mallory/shop" },
    { event: "pull_request", branch: "main" },
    { event: "workflow_dispatch", branch: "feature" },
  ])("is not believed: $event of $branch of $from", async (more) => {
    const { ran, watch } = await setUp();
    ran("2026-06-10T03:40:00Z", "failure", { jobs: { "drill / drill": "failure" } });
    ran("2026-06-10T07:00:00Z", "success", { jobs: { "drill / drill": "success" }, ...more });
    const outcome = await watch({ jobs: "nightly.yml: drill / drill = 35d" });
    expect(verdicts(outcome)).toEqual(["failing", "failing"]);
  });
});

describe("a watch that could only be well", () => {
  it.each([
    { files: { "ci.yml": "on: [push]\n" }, inputs: {}, says: "has a schedule" },
    {
      files: { "a.yml": "on: { schedule: [{ cron: 'daily' }] }\n" },
      inputs: {},
      says: "is not what GitHub takes",
    },
    { files: { ...NIGHTLY, "a.yml": "on: {" }, inputs: {}, says: "a.yml is not YAML" },
    {
      files: { ...NIGHTLY, "a.yml": "on: { schedule: { cron: '1 1 * * *' } }" },
      inputs: {},
      says: "What a.yml has for a schedule",
    },
    { files: NIGHTLY, inputs: { workflows: "no/such" }, says: "cannot be read" },
    { files: NIGHTLY, inputs: { jobs: "drill = 35d" }, says: "must be lines" },
  ])("is an error: $says", async ({ files, inputs, says }) => {
    const { watch } = await setUp();
    await expect(watch(inputs, files as Record<string, string>)).rejects.toThrow(says);
  });

  it("says which right is missing", async () => {
    const { github, watch } = await setUp();
    github.permissions.delete("actions: read");
    await expect(watch()).rejects.toMatchObject({ hint: expect.stringContaining("actions: read") });
  });
});
