import type { IncomingHttpHeaders } from "node:http";
import { exchange, HttpBodyError, HttpTimeout } from "../../../../shared/http/exchange.ts";
import { readRetryAfter } from "../../../../shared/http/retry-after.ts";
import { errorCode, networkReason, SILENT_HINT } from "../../../../shared/net/reason.ts";
import { formatDuration } from "../../../../shared/runtime/values.ts";
import { NoVerdict, type ProbeContext } from "./probe.ts";

export type Ask = {
  readonly method: "GET" | "HEAD" | "POST";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A redirect is an answer that the caller can read. */
  readonly takesRedirects?: true;
};

export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
};

export type Json = Readonly<Record<string, unknown>>;

const MAX_ANSWER_BYTES = 1024 * 1024;
const LATER = "Run the step again later; the secret may be fine.";

/**
 * Asks a service once. Redirects are not followed: they would carry the secret to somebody else. Throws NoVerdict for
 * everything that says nothing of the secret: the network, rate limits, redirects, errors of the server.
 */
export async function ask(request: Ask, context: ProbeContext): Promise<Answer> {
  const { agents, signal, timeoutMs, clock } = context;
  const { method, url, headers = {}, body } = request;
  const bytes = body === undefined ? undefined : Buffer.from(body);
  const sent = {
    "user-agent": "validate-secrets",
    accept: "*/*",
    "accept-encoding": "identity",
    ...(bytes === undefined ? {} : { "content-length": String(bytes.length) }),
    ...headers,
  };
  const options = { method, url, headers: sent, signal, timeoutMs, maxBodyBytes: MAX_ANSWER_BYTES };
  const answer = await exchange(agents, bytes === undefined ? options : { ...options, body: bytes }).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      throw unreached(error, timeoutMs);
    },
  );
  const { status } = answer;
  if (status === 429) {
    const wait = readRetryAfter(answer.headers["retry-after"], clock.now());
    const until = wait === undefined ? "" : `; it asks to wait ${formatDuration(wait)}`;
    throw new NoVerdict(`the service limits the rate of requests${until}`, LATER);
  }
  if (status >= 500 || status === 408)
    throw new NoVerdict(`the service is out of order (HTTP ${status})`, LATER);
  if (status >= 300 && status < 400 && request.takesRedirects === undefined) throw redirected(status);
  return { status, headers: answer.headers, text: answer.body.toString() };
}

/** The service sends its clients elsewhere. */
export function redirected(status: number): NoVerdict {
  return new NoVerdict(
    `the service redirects (HTTP ${status}), which is not followed with a secret`,
    "Set the address that it redirects to, if that is right.",
  );
}

/** The JSON object in an answer. Throws NoVerdict when there is none: a proxy or a portal may have answered. */
export function jsonOf({ text, status }: Answer): Json {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined; // Without the cause: JSON.parse quotes what it stumbled over.
  }
  if (isObject(parsed)) return parsed;
  throw unexpected(status, "not the JSON of the service");
}

/** The answer is none that the service is known to give. */
export function unexpected(status: number, what = "nothing that tells of the secret"): NoVerdict {
  return new NoVerdict(
    `the answer (HTTP ${status}) is ${what}`,
    "Check the address of the service, and for a proxy or firewall in between.",
  );
}

/** Whether a value of a JSON answer is an object. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text of a JSON answer; the empty one when there is none. */
export function textOf(json: unknown, ...path: readonly string[]): string {
  const found = path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), json);
  return typeof found === "string" || typeof found === "number" ? String(found) : "";
}

/** The first value of a header. */
export function headerOf({ headers }: Answer, name: string): string {
  return [headers[name]].flat()[0] ?? "";
}

/** `path` below a base address, which may have a path of its own. */
export function below(base: string, path: string): URL {
  return new URL(base.replace(/\/+$/, "") + path);
}

/** Why a service was not reached. Of the error only its code is told: a message may hold the address, and a secret in it. */
export function unreached(error: unknown, timeoutMs: number): NoVerdict {
  if (error instanceof NoVerdict) return error;
  if (error instanceof HttpTimeout || (error instanceof Error && error.name === "TimeoutError"))
    return new NoVerdict(`no answer within ${formatDuration(timeoutMs)}`, SILENT_HINT);
  if (error instanceof HttpBodyError)
    return new NoVerdict("the answer cannot be read", "Check for a proxy in between.");
  const reason = networkReason(error);
  if (reason !== undefined) return new NoVerdict(reason.why, reason.hint);
  const code = errorCode(error);
  if (code === "") throw error;
  return new NoVerdict(`the connection failed (${code})`, "Check the address, and for a proxy in between.");
}
