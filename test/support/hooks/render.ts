import { randomBytes } from "node:crypto";
import {
  type Answer,
  type Handler,
  type HttpServer,
  type Received,
  startHttpServer,
} from "../http-server.ts";

export type Deploy = {
  readonly id: string;
  readonly ref: string | undefined;
  readonly image: string | undefined;
};

export type Render = {
  readonly origin: string;
  readonly port: number;
  /** The address of the service's hook: a secret. */
  readonly hook: string;
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly service: string;
  /** The deploys that were begun: what a second call would double. */
  readonly deploys: readonly Deploy[];
  readonly requests: HttpServer["requests"];
  /** The states that a deploy goes through, one a question; the last one stays. */
  goesThrough(...states: readonly string[]): void;
  /** Calls of the hook meet this before the service does anything. Called without, they reach it again. */
  instead(handler?: Handler): void;
  /** The same for questions to the API. */
  apiInstead(handler?: Handler): void;
  stop(): Promise<void>;
};

const unknown: Answer = { status: 404, json: { message: "not found" } };

/**
 * Starts a stand-in for Render, as far as "Deploy hooks" and "Retrieve deploy" of its documentation go: a hook whose key
 * stands in the query, which deploys by GET and by POST, and the API. Everything else it refuses.
 */
export async function startRender(): Promise<Render> {
  const token = (prefix: string, bytes: number) => `${prefix}${randomBytes(bytes).toString("hex")}`;
  const service = token("srv-", 10);
  const key = randomBytes(9).toString("base64url");
  const apiKey = token("rnd_", 16);
  const deploys: Deploy[] = [];
  let states: readonly string[] = ["build_in_progress", "update_in_progress", "live"];
  let asked = 0;
  let hookTrouble: Handler | undefined;
  let apiTrouble: Handler | undefined;

  const begin = (request: Received, url: URL): Answer => {
    if (request.method !== "GET" && request.method !== "POST") return { status: 405 };
    if (url.searchParams.get("key") !== key) return { status: 401, json: { message: "Unauthorized" } };
    const names = [...url.searchParams.keys()];
    if (
      names.length !== new Set(names).size ||
      names.some((name) => !["key", "ref", "imgURL"].includes(name))
    )
      return { status: 400, json: { message: "invalid query" } };
    const ref = url.searchParams.get("ref") ?? undefined;
    const image = url.searchParams.get("imgURL") ?? undefined;
    if (ref !== undefined && !/^[0-9a-f]{40}$/.test(ref))
      return { status: 400, json: { message: `invalid ref ${ref}` } };
    const id = token("dep-", 10);
    deploys.push({ id, ref, image });
    asked = 0;
    return { status: 200, json: { deploy: { id } } };
  };
  const tell = (request: Received, id: string): Answer => {
    if (request.method !== "GET") return { status: 405 };
    if (request.headers.authorization !== `Bearer ${apiKey}`)
      return { status: 401, json: { message: "unauthorized" } };
    if (!deploys.some((deploy) => deploy.id === id)) return unknown;
    const status = states[Math.min(asked++, states.length - 1)];
    return { json: { id, status, trigger: "deploy_hook", commit: { id: "0".repeat(40) } } };
  };
  const server = await startHttpServer((request, response) => {
    const url = new URL(request.url, "http://render.invalid");
    if (url.pathname.startsWith("/deploy/")) {
      if (hookTrouble !== undefined) return hookTrouble(request, response);
      return url.pathname === `/deploy/${service}` ? begin(request, url) : unknown;
    }
    if (apiTrouble !== undefined) return apiTrouble(request, response);
    const [, of, id] = /^\/v1\/services\/([\w-]+)\/deploys\/([\w-]+)$/.exec(request.url) ?? [];
    return of === service && id !== undefined ? tell(request, id) : unknown;
  });
  return {
    origin: server.origin,
    port: server.port,
    hook: `${server.origin}/deploy/${service}?key=${key}`,
    apiUrl: `${server.origin}/v1`,
    ...{ apiKey, service, deploys, requests: server.requests },
    goesThrough: (...next) => {
      states = next;
    },
    instead: (handler) => {
      hookTrouble = handler;
    },
    apiInstead: (handler) => {
      apiTrouble = handler;
    },
    stop: () => server.stop(),
  };
}
