import { expect, onTestFinished } from "vitest";
import { spec } from "../../actions/deploy-plan/src/inputs.ts";
import { run } from "../../actions/deploy-plan/src/run.ts";
import { failuresOf, type Outcome } from "../../shared/runtime/outcome.ts";
import { defaultInputs } from "../support/default-inputs.ts";
import { addRecord, type Recorded } from "../support/github-repository/records.ts";
import { type GitHubRepository, startGitHubRepository } from "../support/github-repository/server.ts";
import { runInProcess } from "../support/in-process.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";

const defaults = await defaultInputs("deploy-plan");

export type Setting = {
  readonly github: GitHubRepository;
  readonly clock: VirtualClock;
  /** Four commits of main, the last of which is its head and that of develop. */
  readonly main: readonly [string, string, string, string];
  record(deploy: Recorded): void;
  /** Runs the action in this process, from its inputs to its outcome; what it throws is an outcome. */
  plan(inputs?: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>): Promise<Outcome>;
};

/** A repository on GitHub, gone after the test; a caller that has misused it fails the test. */
export async function setUp(): Promise<Setting> {
  const github = await startGitHubRepository();
  onTestFinished(async () => {
    await github.stop();
    expect(github.misuses).toEqual([]);
  });
  const a = github.commits.add("a");
  const b = github.commits.add("b", a);
  const c = github.commits.add("c", b);
  const d = github.commits.add("d", c);
  github.branches.set("main", d).set("develop", d);
  const clock = virtualClock();
  return {
    github,
    clock,
    main: [a, b, c, d],
    record: (deploy) => addRecord(github, deploy),
    plan: (inputs = {}, env = {}) => planHere(github, clock, inputs, { GITHUB_SHA: d, ...env }),
  };
}

async function planHere(
  github: GitHubRepository,
  clock: VirtualClock,
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const given = { ...defaults, "github-token": github.token, ...inputs };
  const started = {
    GITHUB_API_URL: github.apiUrl,
    GITHUB_REPOSITORY: github.name,
    GITHUB_EVENT_NAME: "push",
    GITHUB_REF: "refs/heads/main",
    GITHUB_ACTOR: "anna",
    GITHUB_RUN_ID: "77",
  };
  try {
    return (await runInProcess({ spec, run }, given, { clock, env: { ...started, ...env } })).outcome;
  } catch (thrown) {
    return {
      result: "error",
      failures: failuresOf("deploy-plan", thrown),
      outputs: {},
      summary: [],
      details: {},
    };
  }
}

/** What stands in the way, as one text. */
export function refusal({ failures }: Outcome): string {
  return failures.map(({ message, hint }) => `${message} ${hint ?? ""}`).join("\n");
}
