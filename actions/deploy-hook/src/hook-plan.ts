import type { Agents } from "../../../shared/http/route.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { ask } from "./ask.ts";
import type { Called } from "./call-once.ts";
import { secretsIn } from "./headers.ts";
import { type HookCall, hookCall, platformOf } from "./hook-call.ts";
import type { Inputs } from "./inputs.ts";
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
export type HookPlan = {
  readonly call: HookCall;
  /** What an accepted call really was, by its answer. */
  readonly read: (called: Called) => Called;
  /** The deploy that the answer names. */
  readonly deployId: (answer: string) => string | undefined;
  /** Undefined when the deploy is not to be followed. */
  readonly api: StatusApi | undefined;
};

/** The plan for whosever hook it is. Railway is asked whose its token is, which changes nothing. Throws UserError. */
export async function planOf(inputs: Inputs, runtime: Runtime, agents: Agents): Promise<HookPlan> {
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

/** What must not be shown. Of an address, also what a server may repeat without its host. */
export function secretsOf({ hookUrl: url, headers }: Inputs): string[] {
  const parts = url === undefined ? [] : [url.href, `${url.pathname}${url.search}`, url.search.slice(1)];
  return [...parts, ...secretsIn(headers)].filter((part) => part.length >= 8);
}
