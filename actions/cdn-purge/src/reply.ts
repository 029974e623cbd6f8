import { exchange, HttpTimeout } from "../../../shared/http/exchange.ts";
import { readRetryAfter } from "../../../shared/http/retry-after.ts";
import type { Agents } from "../../../shared/http/route.ts";
import { errorCode, networkReason, SILENT_HINT } from "../../../shared/net/reason.ts";
import type { Clock } from "../../../shared/runtime/clock.ts";
import type { Logger } from "../../../shared/runtime/logger.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";

/** Why a request was not carried out. `why` is a phrase without a full stop. */
export type Trouble = {
  readonly kind: "passing" | "limited" | "final";
  readonly why: string;
  readonly hint: string;
  /** How long the CDN asks to wait. */
  readonly afterMs?: number | undefined;
};

export type Reply<T> = { readonly kind: "done"; readonly value: T } | Trouble;

export type Answer = { readonly kind: "answer"; readonly status: number; readonly text: string };

export type Request = {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type Patience = {
  readonly agents: Agents;
  readonly retries: number;
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Logger;
};

const ANSWER_MS = 30_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const LONGEST_PAUSE_MS = 60_000;

/** Sends a request once; redirects are not followed. An answer of a status that says to come back is a trouble. */
export async function send(request: Request, patience: Patience): Promise<Answer | Trouble> {
  const { agents, signal, clock } = patience;
  const { method, url, headers, body } = request;
  const bytes = body === undefined ? undefined : Buffer.from(body);
  try {
    const response = await exchange(agents, {
      ...{ method, url, signal, timeoutMs: ANSWER_MS, maxBodyBytes: MAX_ANSWER_BYTES },
      headers: {
        "user-agent": "cdn-purge",
        "accept-encoding": "identity",
        ...(bytes === undefined ? {} : { "content-length": String(bytes.length) }),
        ...headers,
      },
      ...(bytes === undefined ? {} : { body: bytes }),
    });
    const { status } = response;
    const afterMs = readRetryAfter(response.headers["retry-after"], clock.now());
    if (status === 429) return limited("it takes no more purges for now (HTTP 429)", afterMs);
    if (status >= 500) return { ...passing(`it is out of order (HTTP ${status})`), afterMs };
    return { kind: "answer", status, text: response.body.toString() };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HttpTimeout)
      return passing(`no answer within ${formatDuration(ANSWER_MS)}`, SILENT_HINT);
    const reason = networkReason(error);
    const why = reason?.why ?? `the connection failed (${errorCode(error) || "its answer cannot be read"})`;
    const hint = reason?.hint ?? "Check for a proxy in between.";
    return /CERT|SIGNATURE|ALTNAME|ISSUER/.test(errorCode(error)) ? final(why, hint) : passing(why, hint);
  }
}

/** Another try may do it. */
export function passing(
  why: string,
  hint = "See the status page of the CDN, and run the step again.",
): Trouble {
  return { kind: "passing", why, hint };
}

/** It will be taken later; this is no error. */
export function limited(why: string, afterMs?: number): Trouble {
  return { kind: "limited", why, hint: "Purge less at once, or raise 'timeout'.", afterMs };
}

/** Another try is no use. */
export function final(why: string, hint: string): Trouble {
  return { kind: "final", why, hint };
}

/**
 * Does something that may be repeated until it is done: again after what may pass, `retries` times, and as long as there
 * is time where the CDN only wants it later. Rejects with the signal's reason.
 */
export async function persist<T>(
  what: string,
  { retries, deadline, clock, signal, log }: Patience,
  once: () => Promise<Reply<T>>,
): Promise<Reply<T>> {
  let failures = 0;
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    const reply = await once();
    if (reply.kind === "done" || reply.kind === "final") return reply;
    if (reply.kind === "passing" && ++failures > retries) return reply;
    const pauseMs = reply.afterMs ?? Math.min(1_000 * 2 ** tries, LONGEST_PAUSE_MS);
    if (clock.monotonic() + pauseMs >= deadline) return reply;
    log.info(`${what}: ${reply.why}; again in ${formatDuration(pauseMs)}`);
    await clock.sleep(pauseMs, signal);
  }
}
