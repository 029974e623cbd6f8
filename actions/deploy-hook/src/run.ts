import { type Agents, openAgents } from "../../../shared/http/route.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { Cancelled } from "../../../shared/runtime/cancellation.ts";
import { isBug, type Outcome, outcomeOf as stoppedBefore } from "../../../shared/runtime/outcome.ts";
import { callOnce } from "./call-once.ts";
import { followDeploy } from "./follow-deploy.ts";
import { checkInputs, platformOf } from "./hook-call.ts";
import { type HookPlan, planOf, secretsOf } from "./hook-plan.ts";
import type { Inputs } from "./inputs.ts";
import { type HookRun, outcomeOf } from "./outcome.ts";

/** The action: finds out how to call, calls once, and follows the deploy to its end. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const agents = connections(runtime);
  let plan: HookPlan;
  try {
    checkInputs(inputs);
    for (const secret of secretsOf(inputs)) runtime.addSecret(secret);
    plan = await planOf(inputs, runtime, agents);
  } catch (thrown) {
    const { signal } = runtime;
    if (isBug(thrown) && !signal.aborted) throw thrown;
    const outcome = stoppedBefore("deploy-hook", signal.aborted ? signal.reason : thrown);
    // Whoever rolls back after a failure must know that there is nothing to roll back.
    return { ...outcome, outputs: { called: "no" } };
  }
  return carryOut(inputs, plan, runtime, agents);
}

/** A kept connection that is closed under the request would leave open whether the request has arrived. */
function connections({ env, defer }: Runtime): Agents {
  const agents = openAgents({ keepAlive: false, proxyEnv: env });
  defer("connections", () => {
    agents.http.destroy();
    agents.https.destroy();
  });
  return agents;
}

async function carryOut(inputs: Inputs, plan: HookPlan, runtime: Runtime, agents: Agents): Promise<Outcome> {
  const { clock, log, signal } = runtime;
  const started = clock.monotonic();
  const platform = platformOf(inputs);
  const { call } = plan;
  const { operation } = inputs;
  log.info(`operation=${operation} platform=${platform} method=${call.method} host=${call.shown.host}`);
  const facts = { operation, platform, call: call.shown } as const;
  const outcome = (rest: Partial<HookRun>): Outcome =>
    outcomeOf({
      ...{ called: undefined, deployId: undefined, followed: undefined },
      ...facts,
      ...rest,
      durationMs: clock.monotonic() - started,
      cancelled: signal.reason instanceof Cancelled,
    });
  if (inputs.dryRun) return outcome({});

  const called = plan.read(
    await callOnce(call, {
      ...{ agents, clock, signal, log, retries: inputs.retries },
      ...{ answerTimeoutMs: inputs.answerTimeout, deadline: started + inputs.timeout },
    }),
  );
  const deployId = called.kind === "accepted" ? plan.deployId(called.answer) : undefined;
  log.info(`The hook ${called.why}.${deployId === undefined ? "" : ` deploy-id=${deployId}`}`);
  const { api } = plan;
  if (deployId === undefined || api === undefined)
    return outcome({ called, deployId, followable: api !== undefined });
  const asking = { agents, signal, now: clock.now };
  const followed = await log.group(`Deploy ${deployId}`, () =>
    followDeploy(deployId, api, { ...asking, clock, log, intervalMs: inputs.interval }),
  );
  return outcome({ called, deployId, followed });
}
