import { openPacedGitHub } from "../../../shared/github/open.ts";
import { WorkflowRuns } from "../../../shared/github/workflow-runs.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Inputs } from "./inputs.ts";
import { judge, type Past } from "./judge.ts";
import { outcomeOf } from "./outcome.ts";
import { readPast } from "./read-past.ts";

/** The action: reads what was told before, and decides what is worth a message now. It sends none itself. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { needs: checks, severities, remindAfter } = inputs;
  const remarks: string[] = [];
  const past = await pastOf(inputs, runtime, (remark) => remarks.push(remark));
  const now = runtime.clock.now();
  const judged = checks.map((check) => judge(check, past?.get(check.job), { severities, now, remindAfter }));
  for (const { job, result, severity, transition, tell } of judged)
    runtime.log.info(`${job}: result=${result} severity=${severity} transition=${transition} tell=${tell}`);
  return outcomeOf(judged, inputs, remarks);
}

/** What cannot be read makes no failure: what fails is told then, whether it was told before or not. */
async function pastOf(
  { needs: checks, githubToken, timeout }: Inputs,
  runtime: Runtime,
  remark: (text: string) => void,
): Promise<ReadonlyMap<string, readonly Past[]> | undefined> {
  const { env } = runtime;
  if (checks.length === 0) return new Map();
  // Half of the time is for waiting; the message must not be lost over what was before it.
  const github = openPacedGitHub(githubToken, Math.round(timeout / 2), runtime);
  const me = {
    run: env["GITHUB_RUN_ID"] ?? "",
    attempt: Number(env["GITHUB_RUN_ATTEMPT"] || 1),
    runner: env["RUNNER_NAME"] ?? "",
    job: env["GITHUB_JOB"] ?? "",
  };
  try {
    return await readPast(new WorkflowRuns(github, env["GITHUB_REPOSITORY"] ?? ""), me, checks);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    remark(`What was told before is not known. ${error.message} ${error.hint}`);
    return undefined;
  }
}
