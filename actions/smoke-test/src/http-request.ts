import { validateHeaderValue } from "node:http";
import { type HttpRequest, isSafe } from "../../../shared/http/exchange.ts";
import { type Followed, follow } from "../../../shared/http/follow.ts";
import { ValueError } from "../../../shared/runtime/values.ts";
import { userInfo, webAddress } from "./address.ts";
import type { ProbeContext } from "./attempt.ts";
import type { Method } from "./config-schema.ts";
import { mapStrings } from "./template.ts";

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** The keys of a check that make up its request. */
export type RequestConfig = {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly cookies?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly form?: Readonly<Record<string, string>> | undefined;
  readonly json?: unknown;
  readonly follow?: boolean | undefined;
  readonly resolve?: string | undefined;
};

type Place = { readonly method: Method; readonly address: string; readonly keepAlive?: boolean };

/** Sends the request of a check and follows redirects. Rejects with network errors, ValueError or RedirectError. */
export function sendRequest(config: RequestConfig, place: Place, context: ProbeContext): Promise<Followed> {
  const { connections, fill, timeoutMs, signal } = context;
  const request = buildRequest(config, place, context);
  // A request that changes something gets a connection of its own: on a kept one that the server has just closed,
  // nobody could tell whether it arrived.
  const keepAlive = place.keepAlive ?? isSafe(place.method);
  const agentsFor = ({ hostname }: URL) =>
    connections.agents(
      context.via,
      hostname === request.url.hostname ? config.resolve : undefined,
      keepAlive,
    );
  return follow(
    agentsFor,
    { ...request, timeoutMs, signal, maxBodyBytes: MAX_BODY_BYTES },
    config.follow ?? true,
  );

  function buildRequest(
    { headers, cookies, body, form, json }: RequestConfig,
    { method, address }: Place,
    { baseUrl, headers: defaults }: ProbeContext,
  ): Pick<HttpRequest, "method" | "url" | "headers" | "body"> {
    const url = addressOf(fill(address), baseUrl);
    const content = contentOf(body, form, json, fill);
    const all: Record<string, string> = {
      "user-agent": "smoke-test",
      accept: "*/*",
      "accept-encoding": "identity",
    };
    if (content !== undefined) all["content-type"] = content.type;
    if (url.username !== "" || url.password !== "") {
      const { user, password } = userInfo(url);
      all["authorization"] = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
      url.username = "";
      url.password = "";
    }
    for (const [name, value] of [...Object.entries(defaults), ...Object.entries(headers ?? {})]) {
      all[name.toLowerCase()] = headerValue(name, fill(value));
    }
    const pairs = Object.entries(cookies ?? {}).map(([name, value]) => `${name}=${fill(value)}`);
    if (pairs.length > 0)
      all["cookie"] = headerValue("cookie", [all["cookie"], ...pairs].filter(Boolean).join("; "));
    if (content === undefined) return { method: method.toUpperCase(), url, headers: all };
    all["content-length"] = String(content.bytes.length);
    return { method: method.toUpperCase(), url, headers: all, body: content.bytes };
  }
}

function addressOf(text: string, baseUrl: string | undefined): URL {
  try {
    return webAddress(text, baseUrl);
  } catch (error) {
    // Only an address with a captured value in it gets this far and is wrong.
    throw error instanceof ValueError ? new ValueError(`the address ${error.message}`) : error;
  }
}

/** Blanks and line ends around a value are no part of it (RFC 9110 section 5.5), and often at the end of a secret. */
function headerValue(name: string, text: string): string {
  const value = text.trim();
  try {
    validateHeaderValue(name, value);
  } catch {
    throw new ValueError(
      `header ${name}: the value has a line end or another character that no header can hold`,
    );
  }
  return value;
}

function contentOf(
  body: string | undefined,
  form: Readonly<Record<string, string>> | undefined,
  json: unknown,
  fill: (text: string) => string,
): { readonly type: string; readonly bytes: Buffer } | undefined {
  if (json !== undefined) {
    return { type: "application/json", bytes: Buffer.from(JSON.stringify(mapStrings(json, fill))) };
  }
  if (form !== undefined) {
    const fields = Object.entries(form).map(([name, value]): [string, string] => [name, fill(value)]);
    return {
      type: "application/x-www-form-urlencoded",
      bytes: Buffer.from(new URLSearchParams(fields).toString()),
    };
  }
  return body === undefined
    ? undefined
    : { type: "text/plain; charset=utf-8", bytes: Buffer.from(fill(body)) };
}
