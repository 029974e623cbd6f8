import type { Answer, Received } from "../http-server.ts";
import type { Accounts } from "./accounts.ts";
import type { Store } from "./store.ts";
import type { Grant, Tokens } from "./tokens.ts";

export type FrontState = {
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  readonly store: Store;
  readonly misuses: string[];
};

/** What ghcr.io does before the registry proper: who may do what, and what it does not offer. */
export async function answerRegistry(
  state: FrontState,
  request: Received,
  origin: string,
): Promise<{ readonly answer: Answer; readonly call: string }> {
  const url = new URL(request.url, origin);
  if (url.pathname === "/token") return { answer: openSession(state, request, url), call: "token" };
  const [, repository = "", kind = "", reference = ""] =
    /^\/v2\/(.+)\/(manifests|blobs|referrers|tags)\/(.+)$/.exec(url.pathname) ?? [];
  const call = `${request.method} ${kind === "" ? url.pathname : kind}`;
  const session = state.tokens.ofRegistry(request.headers.authorization);
  const writes = request.method !== "GET" && request.method !== "HEAD";
  const scope = `repository:${repository}:${writes ? "pull,push" : "pull"}`;
  if (session === undefined)
    return { answer: challenge(origin, repository === "" ? undefined : scope), call };
  if (url.pathname === "/v2/") return { answer: { json: {} }, call };
  if (session.scope !== "*" && !covers(session.scope, repository, writes))
    return { answer: challenge(origin, scope), call };
  if (!allowed(state, session.grant, repository, writes)) return { answer: denied(), call };
  // Nothing is deleted through the registry (405), and it has no referrers API (404).
  if (request.method === "DELETE")
    return { answer: registryError(405, "UNSUPPORTED", "The operation is unsupported."), call };
  if (kind === "referrers") return { answer: { status: 404, body: "404 page not found\n" }, call };
  const answer = await state.store.answer(request, `${url.pathname}${url.search}`);
  if (kind === "manifests" && request.method === "PUT" && answer.status === 201) {
    const mediaType = String(request.headers["content-type"]);
    state.accounts.pushed(repository, {
      reference: decodeURIComponent(reference),
      mediaType,
      bytes: request.body,
    });
  }
  return { answer, call };
}

function openSession({ tokens, accounts }: FrontState, { headers }: Received, url: URL): Answer {
  const scope = url.searchParams.get("scope") ?? "";
  const { authorization } = headers;
  const grant = authorization === undefined ? undefined : tokens.ofPassword(authorization);
  if (authorization !== undefined && grant === undefined) return denied();
  const [, repository = "", actions = ""] = /^repository:([^:]+):(.+)$/.exec(scope) ?? [];
  if (!allowed({ accounts }, grant, repository, actions.includes("push"))) return denied();
  return { json: { token: tokens.openSession(grant, scope) } };
}

function covers(scope: string, repository: string, writes: boolean): boolean {
  const [, named, actions = ""] = /^repository:([^:]+):(.+)$/.exec(scope) ?? [];
  return named === repository && actions.split(",").includes(writes ? "push" : "pull");
}

function allowed(
  { accounts }: Pick<FrontState, "accounts">,
  grant: Grant | undefined,
  repository: string,
  writes: boolean,
): boolean {
  const [owner = "", ...name] = repository.split("/");
  const found = accounts.of(owner).find((one) => one.name === name.join("/"));
  if (writes) return grant?.write === true;
  return found?.visibility === "public" || grant?.read === true;
}

function challenge(origin: string, scope: string | undefined): Answer {
  const parts = [
    `realm="${origin}/token"`,
    'service="ghcr.io"',
    `scope="${scope ?? "repository:user/image:pull"}"`,
  ];
  return {
    ...registryError(401, "UNAUTHORIZED", "authentication required"),
    headers: { "www-authenticate": `Bearer ${parts.join(",")}` },
  };
}

const denied = () => registryError(403, "DENIED", "requested access to the resource is denied");

function registryError(status: number, code: string, message: string): Answer {
  return { status, json: { errors: [{ code, message }] } };
}
