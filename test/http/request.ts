import { afterEach } from "vitest";
import { exchange, type HttpRequest, type HttpResponse } from "../../shared/http/exchange.ts";
import { type Agents, openAgents, type Route } from "../../shared/http/route.ts";

const opened: Agents[] = [];

afterEach(() => {
  for (const agents of opened.splice(0)) {
    agents.http.destroy();
    agents.https.destroy();
  }
});

/** Pools of a route; they are destroyed when the test ends. */
export function agentsFor(route: Partial<Route> = {}): Agents {
  const agents = openAgents({ keepAlive: true, ...route });
  opened.push(agents);
  return agents;
}

/** A GET with generous limits, except for what is said. */
export function requestTo(url: string, change: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "GET",
    url: new URL(url),
    headers: {},
    timeoutMs: 10_000,
    maxBodyBytes: 1_000_000,
    signal: new AbortController().signal,
    ...change,
  };
}

/** One request over pools of its own. */
export function get(url: string, change: Partial<HttpRequest> = {}, route: Partial<Route> = {}) {
  return exchange(agentsFor({ keepAlive: false, ...route }), requestTo(url, change));
}

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<NodeJS.ErrnoException> {
  const settled = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!("error" in settled)) throw new Error(`expected an error, got ${JSON.stringify(settled.value)}`);
  return settled.error as NodeJS.ErrnoException;
}

/** Status and body as text. */
export function shown({ status, body }: HttpResponse): [number, string] {
  return [status, body.toString()];
}

/** How many connections the pools hold: in use, and idle. */
export function pooled(agents: Agents): { busy: number; idle: number } {
  const count = (pool: NodeJS.ReadOnlyDict<readonly unknown[]>): number =>
    Object.values(pool).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0);
  const both = [agents.http, agents.https];
  return {
    busy: both.reduce((sum, agent) => sum + count(agent.sockets), 0),
    idle: both.reduce((sum, agent) => sum + count(agent.freeSockets), 0),
  };
}
