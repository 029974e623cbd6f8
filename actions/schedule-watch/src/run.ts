import path from "node:path";
import { openPacedGitHub } from "../../../shared/github/open.ts";
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
  const { env, clock, log } = runtime;
  const until = clock.now() - inputs.slack;
  const folder = path.resolve(env["GITHUB_WORKSPACE"] || ".", inputs.workflows);
  const schedules = await readSchedules(folder, inputs.ignore, until);
  const github = openPacedGitHub(inputs.githubToken, inputs.timeout, runtime);
  const runs = new WorkflowRuns(github, env["GITHUB_REPOSITORY"] ?? "");
  const facts = await gather(runs, schedules, inputs.jobs, until);
  const watched = facts.map((each) => ({ ...each, verdict: judge(each) }));
  for (const { name, verdict, since } of watched)
    log.info(`${name}: ${verdict} due=${since === undefined ? "-" : new Date(since).toISOString()}`);
  return outcomeOf(watched);
}
