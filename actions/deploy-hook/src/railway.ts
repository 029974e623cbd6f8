import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Called } from "./call-once.ts";
import type { HookCall } from "./hook-call.ts";
import type { Inputs } from "./inputs.ts";
import {
  asObject,
  idIn,
  notAllowed,
  notThere,
  notUnderstood,
  objectIn,
  type Phase,
  type Question,
  refusal,
  type StatusApi,
  seen,
} from "./status-api.ts";

// docs.railway.com/reference/deployments, and DeploymentStatus of its GraphQL schema. A service that sleeps was live, and
// wakes for the next request. An approval may still be given.
const PHASES: Readonly<Record<string, Phase>> = {
  INITIALIZING: "waiting",
  QUEUED: "waiting",
  WAITING: "waiting",
  NEEDS_APPROVAL: "waiting",
  BUILDING: "waiting",
  DEPLOYING: "waiting",
  SUCCESS: "live",
  SLEEPING: "live",
  FAILED: "failed",
  CRASHED: "failed",
  SKIPPED: "failed",
  REMOVING: "failed",
  REMOVED: "failed",
};

const API = "https://backboard.railway.com/graphql/v2";

/** How to speak to Railway: a project's token goes into a header of its own, any other is a bearer token. */
export type RailwayAccess = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly environment: string;
};

/** The question whether the token is that of a project, which changes nothing. */
export function tokenQuestion(apiUrl: string | undefined, token: string): Question {
  return graphql(
    new URL(apiUrl ?? API),
    { "project-access-token": token },
    "{ projectToken { environmentId } }",
  );
}

/** The access that a token gives, by the answer to its question. Throws a UserError when the environment is not known. */
export function railwayAccess(answer: string, inputs: Inputs): RailwayAccess {
  const token = inputs.apiToken ?? "";
  const project = asObject(asObject(objectIn(answer)["data"])["projectToken"]);
  const own = idIn(project["environmentId"]);
  const { environmentId } = inputs;
  if (own !== undefined && environmentId !== undefined && environmentId !== own) {
    throw new UserError("input environment-id: is not the environment that the project token belongs to.", {
      hint: "Leave it out, or make a token for that environment.",
      where: { input: "environment-id" },
    });
  }
  const environment = own ?? environmentId;
  if (environment === undefined) {
    throw new UserError(
      "input environment-id: is required, because api-token is not the token of a project.",
      {
        hint: "Set it, or make a project token, which belongs to one environment. It may also be wrong or expired.",
        where: { input: "environment-id" },
      },
    );
  }
  const headers: Record<string, string> =
    own === undefined ? { authorization: `Bearer ${token}` } : { "project-access-token": token };
  return { url: new URL(inputs.apiUrl ?? API), headers, environment };
}

/** The call that begins a deploy. */
export function railwayCall(access: RailwayAccess, { serviceId, ref }: Inputs): HookCall {
  const { url, headers } = access;
  const variables = { service: serviceId, environment: access.environment, commit: ref };
  const question = graphql(
    url,
    headers,
    "mutation ($service: String!, $environment: String!, $commit: String) { serviceInstanceDeployV2(serviceId: $service, environmentId: $environment, commitSha: $commit) }",
    variables,
  );
  const bytes = String(Buffer.byteLength(question.body ?? ""));
  return {
    ...question,
    headers: {
      ...question.headers,
      "accept-encoding": "identity",
      "user-agent": "deploy-hook",
      "content-length": bytes,
    },
    shown: {
      method: question.method,
      host: url.host,
      with: [
        `service ${serviceId}`,
        `environment ${access.environment}`,
        ...(ref === undefined ? [] : [`ref ${ref}`]),
      ],
    },
  };
}

/**
 * What an accepted call really was: GraphQL says with 200 that something went wrong. Refused only where it says that the
 * request was not let through; any other error may have come after the deploy was begun.
 */
export function readRailwayCall(called: Called): Called {
  if (called.kind !== "accepted") return called;
  const answer = objectIn(called.answer);
  if (railwayDeployId(called.answer) !== undefined) return called;
  if (isRefusal(answer)) {
    const hint = "Check api-token, service-id, environment-id and ref.";
    return {
      ...called,
      kind: "refused",
      called: "no",
      why: "refuses the call (it is not authorized, or not valid)",
      hint,
    };
  }
  return {
    ...called,
    ...{ kind: "unclear", called: "unknown", why: "may have been called: its answer names no deploy" },
    hint: "Look at the service's list of deployments before this is run again.",
  };
}

/** The deploy that was begun. */
export function railwayDeployId(answer: string): string | undefined {
  return idIn(asObject(objectIn(answer)["data"])["serviceInstanceDeployV2"]);
}

/** Tells of deploys. */
export function railwayApi({ url, headers }: RailwayAccess): StatusApi {
  return {
    question: (id) =>
      graphql(url, headers, "query ($id: String!) { deployment(id: $id) { id status } }", { id }),
    read: (status, text) => {
      const refused = refusal(status);
      if (refused !== undefined) return refused;
      const answer = objectIn(text);
      const deployment = asObject(asObject(answer["data"])["deployment"]);
      if ("status" in deployment) return seen(deployment["status"], PHASES);
      const said = messagesOf(answer).join(" ");
      if (/not authorized|unauthorized/i.test(said)) return notAllowed("Not Authorized");
      if (/not found/i.test(said)) return notThere();
      return notUnderstood(status);
    },
  };
}

function isRefusal(answer: Readonly<Record<string, unknown>>): boolean {
  const messages = messagesOf(answer);
  return (
    messages.length > 0 &&
    messages.every((said) => /not authorized|unauthorized|not found|invalid/i.test(said))
  );
}

function messagesOf({ errors }: Readonly<Record<string, unknown>>): string[] {
  return Array.isArray(errors) ? errors.map((error) => String(asObject(error)["message"] ?? "")) : [];
}

function graphql(
  url: URL,
  headers: Readonly<Record<string, string>>,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Question & { readonly method: "POST" } {
  return {
    method: "POST",
    url,
    headers: { ...headers, accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  };
}
