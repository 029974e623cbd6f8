import path from "node:path";
import { GitHubClient } from "../../../shared/github/client.ts";
import { PacedGitHub } from "../../../shared/github/paced-client.ts";
import { WorkflowRuns } from "../../../shared/github/workflow-runs.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { gather } from "./gather.ts";
import type { Inputs } from "./inputs.ts";
import { judge } from "./judge.ts";
import { outcomeOf } from "./outcome.ts";
import { readSchedules } from "./read-schedules.ts";

/** The action: reads what should have run and what has, and names what has not. It changes nothing. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { env, clock, log, signal } = runtime;
  const until = clock.now() - inputs.slack;
  const folder = path.resolve(env["GITHUB_WORKSPACE"] || ".", inputs.workflows);
  const schedules = await readSchedules(folder, inputs.ignore, until);
  const apiUrl = env["GITHUB_API_URL"] || "https://api.github.com";
  const client = new GitHubClient({ apiUrl, token: inputs.githubToken, env, signal });
  runtime.defer("connections to GitHub", () => client.close());
  const deadline = clock.monotonic() + inputs.timeout;
  const pace = { changeMs: 0, longestWaitMs: inputs.timeout, deadline };
  const github = new PacedGitHub(client, pace, { clock, log, signal });
  const runs = new WorkflowRuns(github, env["GITHUB_REPOSITORY"] ?? "");
  const facts = await gather(runs, schedules, inputs.jobs, until);
  const watched = facts.map((each) => ({ ...each, verdict: judge(each) }));
  for (const { name, verdict, since } of watched)
    log.info(`${name}: ${verdict} due=${since === undefined ? "-" : new Date(since).toISOString()}`);
  return outcomeOf(watched);
}
