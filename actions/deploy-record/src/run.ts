import type { DeployRecord } from "../../../shared/deployments/record.ts";
import { openGitHub } from "../../../shared/github/open.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { type Failure, failuresOf, type Outcome } from "../../../shared/runtime/outcome.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { DeploymentsApi } from "./deployments-api.ts";
import type { Inputs, Steps } from "./inputs.ts";
import { readOrigin } from "./origin.ts";
import { begunOutcome, finishedOutcome } from "./outcome.ts";
import { type Origin, recordFile } from "./record-file.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

/** The action: begins a record, or ends it with what came of the steps. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const origin = readOrigin(runtime.env);
  const api = new DeploymentsApi(openGitHub(inputs.githubToken, runtime), origin.repository, runtime);
  return inputs.operation === "begin"
    ? begin(inputs, origin, api, runtime)
    : finish(inputs, origin, api, runtime);
}

async function begin(
  { plan, environmentUrl }: Inputs,
  origin: Origin,
  api: DeploymentsApi,
  { clock, log }: Runtime,
): Promise<Outcome> {
  if (plan.run !== origin.run) throw outdated(plan.run, origin.run);
  const { action: operation, version, sha, digest, previous } = plan;
  const record: DeployRecord = {
    "deploy-record": 1,
    operation,
    version,
    sha,
    ...(digest === "" ? {} : { digest }),
    ...(previous === "" ? {} : { previous }),
    run: origin.run,
  };
  const startedAt = clock.now();
  const deployment = await api.create(record, plan.environment);
  log.info(`deployment=${deployment} environment=${plan.environment} version=${version}`);
  const description = `${operation} ${version}`;
  await api.say(deployment, { state: "in_progress", description, logUrl: origin.runUrl, environmentUrl });
  return begunOutcome(plan, deployment, startedAt);
}

async function finish(
  { plan, steps, jobStatus, environmentUrl }: Inputs,
  origin: Origin,
  api: DeploymentsApi,
  { clock, log }: Runtime,
): Promise<Outcome> {
  if (steps === undefined) {
    throw new UserError("input steps: is required to finish.", {
      hint: "steps: ${{ toJSON(steps) }}",
      where: { input: "steps" },
    });
  }
  const verdict = verdictOf(steps, { job: jobStatus, operation: plan.action });
  const { deployment, startedAt } = begun(steps, clock.now());
  const finishedAt = clock.now();
  const file = recordFile(plan, steps, verdict, {
    origin,
    deployment,
    startedAt,
    finishedAt,
    environmentUrl,
  });
  log.info(`result=${verdict.result} failed=${verdict.failed.join(",") || "-"}`);
  const unrecorded = await say(verdict, { plan, deployment, origin, environmentUrl }, api);
  return finishedOutcome(file, verdict, unrecorded);
}

/**
 * A job that is started again by itself gets the outputs of the jobs before it as they were: a plan for what was live
 * then, which nobody has asked whether it may be carried out now.
 */
function outdated(planned: string, run: string): UserError {
  return new UserError(`input plan: was decided in run ${planned}, and this is ${run}.`, {
    hint: "Nothing was touched. Choose 'Re-run all jobs', so that it is decided anew.",
    where: { input: "plan" },
  });
}

/** What the step `record` has said when it began. */
function begun(
  steps: Steps,
  now: number,
): { readonly deployment: number | undefined; readonly startedAt: number } {
  const outputs = steps["record"]?.outputs ?? {};
  const number = Number(outputs["deployment"]);
  const time = Date.parse(outputs["started-at"] ?? "");
  return {
    deployment: Number.isInteger(number) && number > 0 ? number : undefined,
    startedAt: Number.isNaN(time) ? now : time,
  };
}

/** Writes the end down; gives what kept it from being written, so that the file and the message come all the same. */
async function say(
  verdict: Verdict,
  about: Pick<Inputs, "plan" | "environmentUrl"> & {
    readonly deployment: number | undefined;
    readonly origin: Origin;
  },
  api: DeploymentsApi,
): Promise<readonly Failure[]> {
  const { plan, deployment, origin, environmentUrl } = about;
  // Nothing began, and the step that should have has said why.
  if (deployment === undefined) return [];
  try {
    await api.say(deployment, {
      state: verdict.state,
      description: `${verdict.result}: ${plan.version}`,
      logUrl: origin.runUrl,
      environmentUrl,
    });
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return failuresOf("deploy-record", error);
  }
}
