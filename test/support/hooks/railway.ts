import { randomUUID } from "node:crypto";
import {
  type Answer,
  type Handler,
  type HttpServer,
  type Received,
  startHttpServer,
} from "../http-server.ts";

export type RailwayDeploy = { readonly id: string; readonly commit: string | undefined };

export type Railway = {
  readonly apiUrl: string;
  /** Belongs to the environment; goes into the header Project-Access-Token. */
  readonly projectToken: string;
  /** Belongs to the workspace; a bearer token. */
  readonly workspaceToken: string;
  readonly service: string;
  readonly environment: string;
  /** The deploys that were begun: what a second call would double. */
  readonly deploys: readonly RailwayDeploy[];
  readonly requests: HttpServer["requests"];
  /** Commits whose builds fail. */
  readonly broken: Set<string>;
  goesThrough(...states: readonly string[]): void;
  /** What calls that begin a deploy meet; `after` lets the deploy begin first. */
  instead(handler: Handler | undefined, after?: "after"): void;
  stop(): Promise<void>;
};

type Asked = { readonly query: string; readonly variables: Readonly<Record<string, unknown>> };

const refused = (message: string): Answer => ({ json: { errors: [{ message }], data: null } });

/**
 * Starts a stand-in for Railway's public API, as far as "Public API" and "Manage deployments" of its documentation go:
 * GraphQL by POST, errors with 200, two kinds of tokens in two headers. Everything else it refuses.
 */
export async function startRailway(): Promise<Railway> {
  const [service, environment, projectToken, workspaceToken] = Array.from({ length: 4 }, () => randomUUID());
  const deploys: RailwayDeploy[] = [];
  let states: readonly string[] = ["INITIALIZING", "BUILDING", "DEPLOYING", "SUCCESS"];
  const broken = new Set<string>();
  let asked = 0;
  let trouble: { handler: Handler; after: boolean } | undefined;

  const begin = (variables: Asked["variables"]): Answer => {
    const { commit } = variables;
    if (variables["service"] !== service) return refused("Service not found");
    if (variables["environment"] !== environment) return refused("Environment not found");
    if (commit !== undefined && !/^[0-9a-f]{40}$/.test(String(commit))) return refused("Invalid commit");
    const id = randomUUID();
    deploys.push({ id, commit: commit === undefined ? undefined : String(commit) });
    asked = 0;
    return { json: { data: { serviceInstanceDeployV2: id } } };
  };
  const tell = ({ id }: Asked["variables"]): Answer => {
    const deploy = deploys.find((each) => each.id === id);
    if (deploy === undefined) return refused("Deployment not found");
    const last = asked >= states.length - 1;
    const status =
      last && broken.has(deploy.commit ?? "") ? "FAILED" : states[Math.min(asked, states.length - 1)];
    asked++;
    return { json: { data: { deployment: { id, status } } } };
  };
  const server = await startHttpServer((request, response) => {
    if (request.method !== "POST" || request.url !== "/graphql/v2") return { status: 404 };
    const { query, variables } = read(request);
    const project = request.headers["project-access-token"] === projectToken;
    if (/^\{ ?projectToken ?\{ ?environmentId ?\} ?\}$/.test(query))
      return project ? { json: { data: { projectToken: { environmentId: environment } } } } : notAuthorized;
    if (!project && request.headers.authorization !== `Bearer ${workspaceToken}`) return notAuthorized;
    if (/^query \(\$id: String!\) \{ deployment\(id: \$id\) \{ id status \} \}$/.test(query))
      return tell(variables);
    if (!beginsDeploy.test(query))
      return { status: 400, json: { errors: [{ message: "Problem processing request" }] } };
    if (trouble === undefined) return begin(variables);
    if (trouble.after) begin(variables);
    return trouble.handler(request, response);
  });
  return {
    apiUrl: `${server.origin}/graphql/v2`,
    ...{ service: service ?? "", environment: environment ?? "" },
    ...{ projectToken: projectToken ?? "", workspaceToken: workspaceToken ?? "" },
    ...{ deploys, broken, requests: server.requests },
    goesThrough: (...next) => {
      states = next;
    },
    instead: (handler, after) => {
      trouble = handler === undefined ? undefined : { handler, after: after === "after" };
    },
    stop: () => server.stop(),
  };
}

const notAuthorized = refused("Not Authorized");
const beginsDeploy =
  /^mutation \(\$service: String!, \$environment: String!, \$commit: String\) \{ serviceInstanceDeployV2\(serviceId: \$service, environmentId: \$environment, commitSha: \$commit\) \}$/;

function read({ headers, body }: Received): Asked {
  if (headers["content-type"] !== "application/json") return { query: "", variables: {} };
  return JSON.parse(body.toString()) as Asked;
}
