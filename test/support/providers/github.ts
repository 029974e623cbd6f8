import type { Answer, Received } from "../http-server.ts";
import { addressOf, credentials, headerOf, type Provider, startProvider } from "./provider.ts";

export type GitHubToken = {
  /** `app`: GITHUB_TOKEN and tokens of Apps, which stand for no user. */
  readonly kind: "classic" | "fine-grained" | "app";
  /** Of a classic token. */
  readonly scopes?: readonly string[];
  /** As GitHub writes it, `2026-12-31 23:59:59 UTC`; absent for a token that never ends. */
  readonly expires?: string;
  /** owner/name of the repositories that it can see. */
  readonly repositories?: readonly string[];
  /** The token's hourly requests are used up. */
  readonly exhausted?: boolean;
};

/** Starts the part of GitHub's REST API that tells what a token can do. */
export function startGitHub(tokens: Readonly<Record<string, GitHubToken>>): Promise<Provider> {
  return startProvider((request, effect) => {
    // docs.github.com, "Getting started with the REST API": a request without a user agent is rejected.
    if (headerOf(request, "user-agent") === "")
      return { status: 403, body: "Request forbidden by administrative rules." };
    const { pathname } = addressOf(request);
    if (request.method !== "GET" && request.method !== "HEAD") effect(`${request.method} ${pathname}`);
    const given = credentials(request, "Bearer") ?? credentials(request, "token");
    // Without a token, /rate_limit answers 200 to anybody.
    if (given === undefined)
      return pathname === "/rate_limit" ? { json: rateLimit(60, 60) } : no(401, "Requires authentication");
    const token = Object.hasOwn(tokens, given) ? tokens[given] : undefined;
    if (token === undefined) return no(401, "Bad credentials");
    const answer = answerTo(request, token);
    return { ...answer, headers: { ...headersOf(token), ...answer.headers } };
  });
}

function answerTo(request: Received, token: GitHubToken): Answer {
  const { pathname } = addressOf(request);
  if (pathname === "/rate_limit") return { json: rateLimit(token.exhausted === true ? 0 : 5000) };
  if (token.exhausted === true)
    return {
      ...no(403, "API rate limit exceeded for user ID 1."),
      headers: { "x-ratelimit-remaining": "0" },
    };
  if (pathname === "/user")
    return token.kind === "app"
      ? no(403, "Resource not accessible by integration")
      : { json: { login: "example", id: 1, type: "User" } };
  const repository = /^\/repos\/([^/]+\/[^/]+)$/.exec(pathname)?.[1];
  if (repository === undefined || token.repositories?.includes(repository) !== true)
    return no(404, "Not Found");
  return { json: { full_name: repository, private: true, permissions: { pull: true, push: false } } };
}

function headersOf({ kind, scopes = [], expires, exhausted }: GitHubToken): Record<string, string> {
  return {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": exhausted === true ? "0" : "4999",
    "x-ratelimit-reset": "4102444800",
    ...(kind === "classic" ? { "x-oauth-scopes": scopes.join(", ") } : {}),
    ...(expires === undefined ? {} : { "github-authentication-token-expiration": expires }),
  };
}

function rateLimit(remaining: number, limit = 5000) {
  const core = { limit, used: limit - remaining, remaining, reset: 4_102_444_800 };
  return { resources: { core }, rate: core };
}

function no(status: number, message: string): Answer {
  return {
    status,
    json: { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
  };
}
