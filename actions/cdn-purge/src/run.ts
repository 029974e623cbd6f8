import { openAgents } from "../../../shared/http/route.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { Cancelled } from "../../../shared/runtime/cancellation.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { awsKeys } from "./aws-key.ts";
import type { Inputs } from "./inputs.ts";
import { outcomeOf } from "./outcome.ts";
import { checkInputs, planOf } from "./plan.ts";
import { type Done, type Places, purgeAll, waitForAll } from "./purge-all.ts";
import { describePurge } from "./words.ts";

/** The action: plans the requests, makes them all, and waits for CloudFront. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { clock, log, signal, env } = runtime;
  const started = clock.monotonic();
  checkInputs(inputs);
  const plan = planOf(inputs);
  for (const purge of plan) {
    log.info(describePurge(purge));
    for (const item of purge.items) log.info(`  ${item}`);
  }
  const all = plan.map((purge): Done => ({ purge, state: "open" }));
  const { dryRun, wait } = inputs;
  const outcome = (): Outcome => {
    const cancelled = signal.reason instanceof Cancelled;
    return outcomeOf({ all, dryRun, wait, cancelled, durationMs: clock.monotonic() - started });
  };
  if (dryRun) return outcome();

  const agents = openAgents({ keepAlive: true, proxyEnv: env });
  runtime.defer("connections", () => {
    agents.http.destroy();
    agents.https.destroy();
  });
  const deadline = started + inputs.timeout;
  const patience = { agents, retries: inputs.retries, deadline, clock, signal, log };
  const places = await placesOf(inputs, runtime);
  try {
    await log.group(`Purge (${all.length})`, () => purgeAll(all, places, patience));
    const { distribution } = places;
    if (wait && distribution !== undefined)
      await log.group("Wait for CloudFront", () => waitForAll(all, distribution, patience));
  } catch (error) {
    // What was done is told all the same; that the run was stopped makes the rest a failure.
    if (!signal.aborted) throw error;
  }
  return outcome();
}

async function placesOf(inputs: Inputs, runtime: Runtime): Promise<Places> {
  const { cloudflareZone, cloudflareToken, cloudfrontDistribution } = inputs;
  const keys = awsKeys(runtime.addSecret);
  // Before the first purge, so that half of it is not done when there are none.
  if (cloudfrontDistribution !== undefined) await keys();
  return {
    zone:
      cloudflareZone === undefined
        ? undefined
        : { apiUrl: inputs.cloudflareApiUrl, zone: cloudflareZone, token: cloudflareToken ?? "" },
    distribution:
      cloudfrontDistribution === undefined
        ? undefined
        : { apiUrl: inputs.cloudfrontApiUrl, distribution: cloudfrontDistribution, keys },
  };
}
