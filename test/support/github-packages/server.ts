import type { ServerResponse } from "node:http";
import {
  type Answer,
  type Handler,
  type HttpServer,
  type Received,
  startHttpServer,
} from "../http-server.ts";
import { Accounts, type AccountType } from "./accounts.ts";
import { answerApi } from "./api.ts";
import { Limits } from "./limits.ts";
import type { Package } from "./package.ts";
import { type Registry, startRegistry } from "./registry.ts";
import { answerRegistry } from "./registry-front.ts";
import { memoryStore, registryStore } from "./store.ts";
import { Tokens } from "./tokens.ts";

export type Entry = {
  readonly side: "api" | "registry";
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** GitHub's name of the call, or method and kind of what the registry was asked for. */
  readonly call: string;
  readonly status: number;
  /** By the server's clock. */
  readonly at: number;
};

/** Which requests an intervention is for: all that are not excluded. */
export type Which = {
  readonly side?: Entry["side"];
  readonly method?: string;
  /** Of path and query. */
  readonly url?: RegExp;
  /** So many of them pass first. */
  readonly skip?: number;
  /** So many are intervened in. Default: 1. */
  readonly times?: number;
};

/**
 * Answers in the server's place, or lets it do its work by `pass`, before or after something else. "drop" cuts the
 * connection.
 */
export type Intervention = (
  pass: () => Promise<Answer>,
  request: Received,
) => Answer | "drop" | Promise<Answer | "drop">;

export type GitHubPackages = {
  /** For GITHUB_API_URL. */
  readonly apiUrl: string;
  /** For `registry-url`. */
  readonly registryUrl: string;
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  readonly limits: Limits;
  readonly now: () => number;
  readonly journal: Entry[];
  /** What callers did that they should not have, though it may have passed. Expect it to be empty. */
  readonly misuses: string[];
  /** The registry behind, where there is one. It asks for no token. */
  readonly backend: string | undefined;
  package(path: string): Package;
  intervene(which: Which, how: Intervention): void;
  stop(): Promise<void>;
};

export type Options = {
  readonly accounts?: Readonly<Record<string, AccountType>>;
  /** Default: a real one. "memory" keeps manifests alone. */
  readonly registry?: "memory";
  readonly now?: () => number;
  /** A GitHub Enterprise Server: another path, and no limits unless somebody sets them. */
  readonly ownServer?: boolean;
};

const ACCOUNTS: Readonly<Record<string, AccountType>> = { acme: "Organization", maintainer: "User" };

/**
 * Starts what stands in for the Packages API of GitHub and for ghcr.io before a real registry: stateful, and held to
 * GitHub's own description of the API.
 */
export async function startGitHubPackages(options: Options = {}): Promise<GitHubPackages> {
  const now = options.now ?? Date.now;
  const accounts = new Accounts(now);
  for (const [login, type] of Object.entries(options.accounts ?? ACCOUNTS)) accounts.add(login, type);
  const backend: Registry | undefined = options.registry === "memory" ? undefined : await startRegistry();
  const state = {
    accounts,
    now,
    store: backend === undefined ? memoryStore(accounts) : registryStore(backend.origin),
    tokens: new Tokens(),
    limits: new Limits(now, options.ownServer !== true),
    misuses: [] as string[],
  };
  const journal: Entry[] = [];
  const interventions: { which: Which; how: Intervention; seen: number }[] = [];
  let mutating = 0;

  const serve = (side: Entry["side"], perform: Perform): Handler => {
    return async (request, response) => {
      const mutates = side === "api" && request.method !== "GET";
      if (mutates && mutating > 0)
        state.misuses.push(`${request.method} ${request.url} beside another change`);
      mutating += mutates ? 1 : 0;
      const entry = { side, method: request.method, url: request.url, call: "", status: 0, at: now() };
      journal.push(entry);
      const pass = async () => {
        const { answer, call } = await perform(request);
        entry.call = call;
        return answer;
      };
      try {
        const how = chosen(interventions, side, request);
        const answer = how === undefined ? await pass() : await how(pass, request);
        if (answer === "drop") return cut(response);
        entry.status = answer.status ?? 200;
        return answer;
      } catch (error) {
        state.misuses.push(`the fake server failed: ${error instanceof Error ? error.stack : String(error)}`);
        throw error;
      } finally {
        mutating -= mutates ? 1 : 0;
      }
    };
  };

  const registry: HttpServer = await startHttpServer();
  registry.answer(serve("registry", (request) => answerRegistry(state, request, registry.origin)));
  const api: HttpServer = await startHttpServer();
  const root = options.ownServer === true ? "/api/v3" : "";
  api.answer(serve("api", (request) => answerApi(state, request, new URL(request.url, api.origin), root)));
  return {
    ...state,
    apiUrl: `${api.origin}${root}`,
    registryUrl: registry.origin,
    journal,
    backend: backend?.origin,
    package: (path) => accounts.package(path),
    intervene: (which, how) => void interventions.push({ which, how, seen: 0 }),
    stop: async () => {
      await Promise.all([api.stop(), registry.stop()]);
      await backend?.stop();
    },
  };
}

type Perform = (request: Received) => Promise<{ readonly answer: Answer; readonly call: string }>;

function chosen(
  interventions: readonly { readonly which: Which; readonly how: Intervention; seen: number }[],
  side: Entry["side"],
  request: Received,
): Intervention | undefined {
  for (const one of interventions) {
    const { which } = one;
    if (which.side !== undefined && which.side !== side) continue;
    if (which.method !== undefined && which.method !== request.method) continue;
    if (which.url?.test(request.url) === false) continue;
    one.seen += 1;
    const at = one.seen - (which.skip ?? 0);
    if (at > 0 && at <= (which.times ?? 1)) return one.how;
  }
  return undefined;
}

function cut(response: ServerResponse): undefined {
  response.destroy();
  return undefined;
}
