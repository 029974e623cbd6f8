import { exchange, HttpTimeout } from "../../../shared/http/exchange.ts";
import { readRetryAfter } from "../../../shared/http/retry-after.ts";
import type { Agents } from "../../../shared/http/route.ts";
import { errorCode, networkReason, SILENT_HINT } from "../../../shared/net/reason.ts";
import type { Question, Seen } from "./status-api.ts";

export type Answer =
  | { readonly kind: "answer"; readonly status: number; readonly text: string }
  | (Seen & { readonly kind: "trouble"; readonly retryAfterMs?: number | undefined });

export type Asking = { readonly agents: Agents; readonly signal: AbortSignal; readonly now: () => number };

const ANSWER_MS = 20_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Asks an API something that changes nothing. What may pass is an answer, too; rejects with the signal's reason only. */
export async function ask(question: Question, { agents, signal, now }: Asking): Promise<Answer> {
  const { method, url, headers, body } = question;
  const bytes = body === undefined ? undefined : Buffer.from(body);
  try {
    const response = await exchange(agents, {
      ...{ method, url, signal, timeoutMs: ANSWER_MS, maxBodyBytes: MAX_ANSWER_BYTES },
      headers: {
        "user-agent": "deploy-hook",
        "accept-encoding": "identity",
        accept: "application/json",
        ...headers,
        ...(bytes === undefined ? {} : { "content-length": String(bytes.length) }),
      },
      ...(bytes === undefined ? {} : { body: bytes }),
    });
    const { status } = response;
    if (status < 500 && status !== 429) return { kind: "answer", status, text: response.body.toString() };
    const retryAfterMs = readRetryAfter(response.headers["retry-after"], now());
    return { ...passing(`the API answered HTTP ${status}`), retryAfterMs };
  } catch (error) {
    signal.throwIfAborted();
    const reason = networkReason(error);
    if (reason !== undefined) return passing(`the API was not reached: ${reason.why}`, reason.hint);
    if (error instanceof HttpTimeout) return passing("the API did not answer", SILENT_HINT);
    return passing(`the API was not reached (${errorCode(error) || "its answer cannot be read"})`);
  }
}

function passing(why: string, hint = "See the status page of the platform."): Seen & { kind: "trouble" } {
  return { kind: "trouble", why, hint, patience: Number.POSITIVE_INFINITY };
}
