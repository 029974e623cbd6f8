import { readCookieHeader, readCookies } from "./cookies.ts";
import { exchange, type HttpRequest, type HttpResponse } from "./exchange.ts";
import type { Agents } from "./route.ts";

export type Hop = { readonly status: number; readonly from: string; readonly to: string };

export type Followed = HttpResponse & {
  readonly redirects: readonly Hop[];
  /** Cookies set on the way by the final answer's origin, last value first wins. */
  readonly cookies: ReadonlyMap<string, string>;
};

/** A redirect that must not be followed: its message says which and why. */
export class RedirectError extends Error {
  override readonly name = "RedirectError";
}

/** The cookies of one origin; `undefined` for one that the server has deleted. */
type Jar = Map<string, string | undefined>;

const MAX_REDIRECTS = 10;
// What a request to a foreign origin may keep: nothing here can identify or authorise anybody.
const HARMLESS_HEADERS = new Set(["accept", "accept-encoding", "accept-language", "user-agent"]);

/**
 * Sends a request and follows redirects as a browser does (RFC 9110 section 15.4), all of it within `timeoutMs`.
 * Towards another origin no header that the caller set, no cookie and no body goes along: any of them may be a
 * credential. `agentsFor` gives the connections for an address: not every host on the way is reached like the first.
 * Rejects as `exchange` does, or with a RedirectError.
 */
export async function follow(
  agentsFor: (url: URL) => Agents,
  first: HttpRequest,
  enabled: boolean,
): Promise<Followed> {
  const started = performance.now();
  const redirects: Hop[] = [];
  const jars = new Map<string, Jar>();
  let jar: Jar = new Map();
  let request = first;
  for (;;) {
    const leftMs = Math.max(1, Math.round(first.timeoutMs - (performance.now() - started)));
    const response = await exchange(agentsFor(request.url), {
      ...withCookies(request, jar),
      timeoutMs: leftMs,
    });
    for (const [name, value] of readCookies(response.headers["set-cookie"], Date.now())) jar.set(name, value);
    const location = response.headers.location;
    if (!enabled || location === undefined || ![301, 302, 303, 307, 308].includes(response.status)) {
      return { ...response, redirects, cookies: new Map(presentIn(jar)) };
    }
    const { origin, href } = request.url;
    const to = redirectTarget(location, href);
    redirects.push({ status: response.status, from: href, to: to.href });
    if (redirects.length > MAX_REDIRECTS) throw new RedirectError(`more than ${MAX_REDIRECTS} redirects`);
    request = nextRequest(request, response.status, to);
    jars.set(origin, jar);
    jar = jars.get(to.origin) ?? new Map();
  }
}

function redirectTarget(location: string, base: string): URL {
  // Node.js hands over headers byte by byte (latin1); what is beyond ASCII in a URL is meant as UTF-8.
  const target = URL.parse(Buffer.from(location, "latin1").toString(), base);
  if (target === null || !/^https?:$/.test(target.protocol)) {
    throw new RedirectError("a redirect to something that is not a web address");
  }
  // A server must not make us send credentials of its choosing.
  target.username = "";
  target.password = "";
  target.hash = "";
  return target;
}

function nextRequest(request: HttpRequest, status: number, url: URL): HttpRequest {
  const rewritten = status === 303 || ((status === 301 || status === 302) && request.method === "POST");
  const method = rewritten && request.method !== "HEAD" ? "GET" : request.method;
  const { body, headers, ...rest } = request;
  const keepsBody = body !== undefined && !rewritten;
  if (url.origin !== request.url.origin) {
    if (keepsBody) {
      throw new RedirectError(
        `a ${status} redirect to another origin (${url.origin}), which would send the body there`,
      );
    }
    const kept = Object.entries(headers).filter(([name]) => HARMLESS_HEADERS.has(name));
    return { ...rest, method, url, headers: Object.fromEntries(kept) };
  }
  if (keepsBody) return { ...request, method, url };
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith("content-"));
  return { ...rest, method, url, headers: Object.fromEntries(kept) };
}

/** The request with the cookies of its origin; the server's word counts before the caller's, deletion included. */
function withCookies(request: HttpRequest, jar: ReadonlyMap<string, string | undefined>): HttpRequest {
  if (jar.size === 0) return request;
  const { cookie: given, ...headers } = request.headers;
  const pairs = presentIn(new Map([...readCookieHeader(given), ...jar]));
  if (pairs.length === 0) return { ...request, headers };
  return { ...request, headers: { ...headers, cookie: pairs.map((pair) => pair.join("=")).join("; ") } };
}

function presentIn(jar: ReadonlyMap<string, string | undefined>): [string, string][] {
  return [...jar].filter((pair): pair is [string, string] => pair[1] !== undefined);
}
