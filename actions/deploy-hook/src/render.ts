import type { Inputs } from "./inputs.ts";
import { asObject, idIn, objectIn, type Phase, refusal, type StatusApi, seen } from "./status-api.ts";

// "Retrieve deploy" of Render's API reference. `deactivated`: a newer deploy has taken the place of this one.
const PHASES: Readonly<Record<string, Phase>> = {
  created: "waiting",
  queued: "waiting",
  build_in_progress: "waiting",
  pre_deploy_in_progress: "waiting",
  update_in_progress: "waiting",
  live: "live",
  build_failed: "failed",
  pre_deploy_failed: "failed",
  update_failed: "failed",
  canceled: "failed",
  deactivated: "failed",
};

const API = "https://api.render.com/v1";

/** The deploy that a service's hook has begun: `{"deploy":{"id":"dep-…"}}`. A Blueprint's hook names none. */
export function renderDeployId(answer: string): string | undefined {
  return idIn(asObject(objectIn(answer)["deploy"])["id"]);
}

/** The service in the address of its hook: `/deploy/srv-…`. */
export function renderServiceId({
  serviceId,
  hookUrl,
}: Pick<Inputs, "serviceId" | "hookUrl">): string | undefined {
  return serviceId ?? /^\/deploy\/([a-z]+-[\w-]+)$/.exec(hookUrl?.pathname ?? "")?.[1];
}

/** Tells of the deploys of a service. */
export function renderApi(apiUrl: string | undefined, token: string, service: string): StatusApi {
  return {
    question: (deploy) => ({
      method: "GET",
      url: new URL(`${apiUrl ?? API}/services/${service}/deploys/${deploy}`),
      headers: { authorization: `Bearer ${token}` },
    }),
    read: (status, text) => refusal(status) ?? seen(objectIn(text)["status"], PHASES),
  };
}
