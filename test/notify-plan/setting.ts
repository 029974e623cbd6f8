import { expect, onTestFinished } from "vitest";
import { spec } from "../../actions/notify-plan/src/inputs.ts";
import { run } from "../../actions/notify-plan/src/run.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { defaultInputs } from "../support/default-inputs.ts";
import type { FakeJob } from "../support/github-repository/runs.ts";
import { type GitHubRepository, startGitHubRepository } from "../support/github-repository/server.ts";
import { runInProcess } from "../support/in-process.ts";

const defaults = await defaultInputs("notify-plan");

const DAY = 86_400_000;
export const NOW = Date.parse("2026-06-30T02:17:00Z");

/** The jobs of a run by their names: `{ "night / backup": "failure" }`. */
export type Jobs = Readonly<Record<string, string>>;

export type Setting = {
  readonly github: GitHubRepository;
  /** Adds a run of so many days ago. */
  earlier(days: number, jobs: Jobs): void;
  /** Runs the action in the run of today, whose jobs those of `needs` are. */
  plan(needs: Readonly<Record<string, unknown>>, inputs?: Jobs, env?: Jobs): Promise<Outcome>;
};

/** A workflow on GitHub whose last job, `night / notify / tell`, asks what to tell. */
export async function setUp(): Promise<Setting> {
  const github = await startGitHubRepository();
  onTestFinished(async () => {
    await github.stop();
    expect(github.misuses).toEqual([]);
  });
  let id = 1_000;
  const add = (days: number, conclusion: string | null, jobs: FakeJob[]) => {
    github.actions.runs.push({
      ...{ id: id--, workflow: 5, event: "schedule", branch: "main", conclusion, attempts: [jobs] },
      createdAt: new Date(NOW - days * DAY).toISOString(),
    });
  };
  return {
    github,
    earlier: (days, jobs) => add(days, "success", jobsOf(jobs)),
    plan: async (needs, inputs = {}, env = {}) => {
      const own = { name: "night / notify / tell", conclusion: null, runner: "runner 1" };
      const ended = Object.fromEntries(Object.keys(needs).map((job) => [`night / ${job}`, "success"]));
      github.actions.runs.unshift({
        ...{ id: 2_000, workflow: 5, event: "schedule", branch: "main", conclusion: null },
        ...{ attempts: [[...jobsOf(ended), own]], createdAt: new Date(NOW).toISOString() },
      });
      return planHere(github, { needs: JSON.stringify(needs), ...inputs }, env).finally(() =>
        github.actions.runs.shift(),
      );
    },
  };
}

const jobsOf = (jobs: Jobs): FakeJob[] =>
  Object.entries(jobs).map(([name, conclusion]) => ({ name, conclusion, runner: "runner 0" }));

async function planHere(github: GitHubRepository, inputs: Jobs, env: Jobs): Promise<Outcome> {
  const given = {
    ...{ ...defaults, subject: "Database", "github-token": github.token },
    ...{ channels: "critical = -1\nminor = -2", ...inputs },
  };
  const clock = { now: () => NOW, monotonic: () => performance.now(), sleep: async () => undefined };
  const started = {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_REPOSITORY: github.name,
    GITHUB_RUN_ID: "2000",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_JOB: "tell",
    RUNNER_NAME: "runner 1",
  };
  return (await runInProcess({ spec, run }, given, { clock, env: { ...started, ...env } })).outcome;
}
