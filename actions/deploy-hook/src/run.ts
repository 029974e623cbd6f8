import { type Agents, openAgents } from "../../../shared/http/route.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { Cancelled } from "../../../shared/runtime/cancellation.ts";
import type { Outcome } from "../../../shared/runtime/outcome.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { ask } from "./ask.ts";
import { type Called, callOnce } from "./call-once.ts";
import { followDeploy } from "./follow-deploy.ts";
import { secretsIn } from "./headers.ts";
import { checkInputs, type HookCall, hookCall, platformOf } from "./hook-call.ts";
import type { Inputs } from "./inputs.ts";
import { type HookRun, outcomeOf } from "./outcome.ts";
import {
  railwayAccess,
  railwayApi,
  railwayCall,
  railwayDeployId,
  readRailwayCall,
  tokenQuestion,
} from "./railway.ts";
import { renderApi, renderDeployId, renderServiceId } from "./render.ts";
import type { StatusApi } from "./status-api.ts";

/** What there is to do: the one call, how to read its answer, and how to follow what it begins. */
type Plan = {
  readonly call: HookCall;
  readonly read: (called: Called) => Called;
  readonly deployId: (answer: string) => string | undefined;
  readonly api: StatusApi | undefined;
};

/** The action: finds out how to call, calls once, and follows the deploy to its end. */
export async function run(inputs: Inputs, runtime: Runtime): Promise<Outcome> {
  const { clock, log, signal, env } = runtime;
  const started = clock.monotonic();
  checkInputs(inputs);
  for (const secret of secretsOf(inputs)) runtime.addSecret(secret);
  // A kept connection that is closed under the request would leave open whether the request has arrived.
  const agents = openAgents({ keepAlive: false, proxyEnv: env });
  runtime.defer("connections", () => {
    agents.http.destroy();
    agents.https.destroy();
  });
  const platform = platformOf(inputs);
  const plan = await planOf(inputs, runtime, agents);
  const { call } = plan;
  const { operation } = inputs;
  log.info(`operation=${operation} platform=${platform} method=${call.method} host=${call.shown.host}`);
  const facts = { operation, platform, call: call.shown } as const;
  const outcome = (rest: Partial<HookRun>): Outcome =>
    outcomeOf({
      ...{ called: undefined, deployId: undefined, followed: undefined, hint: undefined },
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

async function planOf(inputs: Inputs, runtime: Runtime, agents: Agents): Promise<Plan> {
  const { apiToken, apiUrl } = inputs;
  switch (platformOf(inputs)) {
    case "generic":
      return { call: hookCall(inputs), read: (called) => called, deployId: () => undefined, api: undefined };
    case "render": {
      const service = renderServiceId(inputs);
      if (apiToken !== undefined && service === undefined) {
        throw new UserError(
          "input service-id: is required, because the hook's address does not name the service.",
          {
            hint: "It begins with srv- and stands in the address of the service's page.",
            where: { input: "service-id" },
          },
        );
      }
      const api =
        apiToken === undefined || service === undefined ? undefined : renderApi(apiUrl, apiToken, service);
      return { call: hookCall(inputs), read: (called) => called, deployId: renderDeployId, api };
    }
    case "railway": {
      const { clock, signal } = runtime;
      const answer = await ask(tokenQuestion(apiUrl, apiToken ?? ""), { agents, signal, now: clock.now });
      if (answer.kind === "trouble")
        throw new UserError(`Railway was not called: ${answer.why}.`, { hint: answer.hint });
      const access = railwayAccess(answer.text, inputs);
      const api = railwayApi(access);
      return { call: railwayCall(access, inputs), read: readRailwayCall, deployId: railwayDeployId, api };
    }
  }
}

/** Of an address, also what a server may repeat without its host. */
function secretsOf({ url, headers }: Inputs): string[] {
  const parts = url === undefined ? [] : [url.href, `${url.pathname}${url.search}`, url.search.slice(1)];
  return [...parts, ...secretsIn(headers)].filter((part) => part.length >= 8);
}
