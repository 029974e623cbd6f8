import { readCookies } from "./cookies.ts";
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

const MAX_REDIRECTS = 10;
// What a request to a foreign origin may keep: nothing here can identify or authorise anybody.
const HARMLESS_HEADERS = new Set(["accept", "accept-encoding", "accept-language", "user-agent"]);

/**
 * Sends a request and follows redirects as a browser does (RFC 9110 section 15.4). Towards another origin no header
 * that the caller set, no cookie and no body goes along: any of them may be a credential.
 */
export async function follow(agents: Agents, first: HttpRequest, enabled: boolean): Promise<Followed> {
  const redirects: Hop[] = [];
  const jar = new Map<string, Map<string, string>>();
  let request = first;
  for (;;) {
    const response = await exchange(agents, withCookies(request, jar.get(request.url.origin)));
    const cookies = new Map([
      ...(jar.get(request.url.origin) ?? []),
      ...readCookies(response.headers["set-cookie"]),
    ]);
    jar.set(request.url.origin, cookies);
    const location = response.headers.location;
    if (!enabled || location === undefined || ![301, 302, 303, 307, 308].includes(response.status)) {
      return { ...response, redirects, cookies };
    }
    const to = redirectTarget(location, request.url.href);
    redirects.push({ status: response.status, from: request.url.href, to: to.href });
    if (redirects.length > MAX_REDIRECTS) throw new RedirectError(`more than ${MAX_REDIRECTS} redirects`);
    request = nextRequest(request, response.status, to);
  }
}

function redirectTarget(location: string, base: string): URL {
  const target = URL.canParse(location, base) ? new URL(location, base) : undefined;
  if (target === undefined || !/^https?:$/.test(target.protocol)) {
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
  const keepsBody = body !== undefined && method === request.method;
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

function withCookies(request: HttpRequest, cookies: ReadonlyMap<string, string> | undefined): HttpRequest {
  if (cookies === undefined || cookies.size === 0) return request;
  const own = readCookieHeader(request.headers["cookie"]);
  const all = new Map([...own, ...cookies]);
  const cookie = [...all].map(([name, value]) => `${name}=${value}`).join("; ");
  return { ...request, headers: { ...request.headers, cookie } };
}

function readCookieHeader(header: string | undefined): [string, string][] {
  return (header ?? "").split("; ").flatMap((pair) => {
    const [name, ...value] = pair.split("=");
    return name ? [[name, value.join("=")]] : [];
  });
}
