import type { Runtime } from "../../../shared/runtime/action.ts";
import { Cancelled } from "../../../shared/runtime/cancellation.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { loadConfig } from "./config.ts";
import { Deployment } from "./deployment.ts";
import type { HostRun } from "./follow.ts";
import type { Inputs } from "./inputs.ts";
import { deployOutcome, statusOutcome } from "./outcome.ts";
import { type Reached, reach } from "./reach.ts";
import { targetsOf } from "./targets.ts";
import { resultOf } from "./verdict.ts";
import { carryOut } from "./watching.ts";
import { prepareWork, type Work } from "./work.ts";

/** The action: puts the agent on the hosts, tells it what to do, and watches. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const config = await loadConfig(inputs.config);
  const targets = targetsOf(config, inputs);
  const work = await prepareWork(config, inputs, runtime);
  const reached = await reach(targets, config, runtime);
  for (const { host, before } of reached) {
    const { active, release } = before;
    runtime.log.info(`host=${host.name} active=${active || "none"} release=${release || "none"}`);
  }
  const hosts = reached.map(({ host, before }) => ({ name: host.name, status: before }));
  if (inputs.operation === "status") return statusOutcome(work.told, hosts);
  runtime.signal.throwIfAborted();
  const record = begin(inputs, work, reached, runtime);
  const { runs, stopped } = await carryOut(reached, work, config, inputs, runtime);
  const warnings = [record.warning, await end(record, runs, work, runtime)].filter(
    (text) => text !== undefined,
  );
  const before = reached.map((each) => each.before);
  const outcome = deployOutcome(work.told, runs, before, warnings);
  // Why it was stopped is the failure; how far the hosts came is told all the same.
  return stopped ? { ...outcome, failures: [] } : outcome;
}

type Recorded = { readonly deployment?: Deployment; readonly warning?: string };

function begin(inputs: Inputs, { told }: Work, [first]: readonly Reached[], runtime: Runtime): Recorded {
  const { environment, githubToken, operation, dryRun } = inputs;
  const changes = operation === "deploy" || operation === "rollback";
  if (environment === undefined || !changes || dryRun) return {};
  if (githubToken === undefined)
    return { warning: "The deployment is not recorded on GitHub: there is no github-token." };
  const back = operation === "rollback" && inputs.to === undefined;
  const release = (back && first?.before["previous-release"]) || told.release;
  return { deployment: new Deployment({ environment, token: githubToken, release }, runtime) };
}

// GitHub's slowest answers, and what a cancelled run has left.
const RECORD_MS = 15_000;
const RECORD_STOPPED_MS = 1_000;

function end(
  { deployment }: Recorded,
  runs: readonly HostRun[],
  { told }: Work,
  { signal }: Runtime,
): Promise<string | undefined> {
  if (deployment === undefined) return Promise.resolve(undefined);
  const result = resultOf(runs);
  const failed = runs.find(({ end: said }) => said?.code !== 0);
  const unseen =
    signal.reason instanceof Cancelled ? "The run was cancelled" : "The run ended before its hosts did";
  const text =
    failed === undefined ? `${told.release} is live` : (failed.end?.text ?? failed.lost?.why ?? unseen);
  return deployment.end(result, text, signal.aborted ? RECORD_STOPPED_MS : RECORD_MS);
}
