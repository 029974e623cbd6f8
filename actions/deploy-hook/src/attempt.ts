import { exchange, HttpBodyError, HttpTimeout } from "../../../shared/http/exchange.ts";
import { readRetryAfter } from "../../../shared/http/retry-after.ts";
import type { Agents } from "../../../shared/http/route.ts";
import { errorCode, networkReason, SILENT_HINT } from "../../../shared/net/reason.ts";
import { Cancelled } from "../../../shared/runtime/cancellation.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import type { HookCall } from "./hook-call.ts";

/** What came of sending the request once. */
export type Attempt =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly text: string;
      readonly retryAfterMs: number | undefined;
      /** Where a redirect leads: its host. */
      readonly redirect: string | undefined;
    }
  | {
      readonly kind: "unanswered";
      /** Whether anything of the request may have left this machine. */
      readonly left: boolean;
      /** A phrase without a full stop. */
      readonly why: string;
      readonly hint: string;
      /** It would fail the same way again: a certificate, say. */
      readonly lasting: boolean;
    };

export type Sending = {
  readonly agents: Agents;
  readonly timeoutMs: number;
  /** Told to stop, an attempt that has left waits a moment for its answer: the call cannot be taken back. */
  readonly signal: AbortSignal;
  readonly now: () => number;
};

/** How long a cancelled run waits for the answer to what it has sent. The runtime gives it four seconds in all. */
const LAST_WORD_MS = 2_500;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Sends the request once; a redirect is an answer. Never rejects, because then it would not be known any more whether
 * something has left.
 */
export async function sendOnce(call: HookCall, sending: Sending): Promise<Attempt> {
  const { agents, timeoutMs, signal, now } = sending;
  const { method, url, headers, body } = call;
  const over = new AbortController();
  let left = false;
  let lastWord: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    if (!left) over.abort(signal.reason);
    else lastWord = setTimeout(() => over.abort(signal.reason), LAST_WORD_MS);
  };
  if (signal.aborted) return stopped(signal.reason, false);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const answer = await exchange(agents, {
      ...{ method, url, headers, timeoutMs, signal: over.signal, maxBodyBytes: MAX_ANSWER_BYTES },
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
      onConnected: () => {
        left = true;
      },
    });
    const { location } = answer.headers;
    return {
      kind: "answered",
      status: answer.status,
      text: answer.body.toString(),
      retryAfterMs: readRetryAfter(answer.headers["retry-after"], now()),
      redirect: location === undefined ? undefined : URL.parse(location, url.origin)?.host,
    };
  } catch (error) {
    if (over.signal.aborted) return stopped(signal.reason, left);
    return unanswered(error, left, timeoutMs);
  } finally {
    clearTimeout(lastWord);
    signal.removeEventListener("abort", onAbort);
  }
}

function stopped(reason: unknown, left: boolean): Attempt {
  const cancelled = reason instanceof Cancelled;
  const before = left ? "its answer came" : "it was made";
  const why = cancelled ? `the run was cancelled before ${before}` : `the timeout ended before ${before}`;
  return { kind: "unanswered", left, why, hint: "Raise the input 'timeout'.", lasting: true };
}

/** Of an error only its code is told: a message may hold the address. */
function unanswered(error: unknown, left: boolean, timeoutMs: number): Attempt {
  const failed = (why: string, hint: string, lasting = false): Attempt => {
    return { kind: "unanswered", left, why, hint, lasting };
  };
  if (error instanceof HttpTimeout)
    return failed(`no answer within ${formatDuration(timeoutMs)}`, SILENT_HINT);
  if (error instanceof HttpBodyError)
    return failed("its answer cannot be read", "Check for a proxy in between.");
  const code = errorCode(error) || (error instanceof Error ? error.name : "unknown");
  const lasting = /CERT|SIGNATURE|ALTNAME|ISSUER|ERR_TLS|ERR_INVALID/.test(code);
  const { why, hint } = networkReason(error) ?? {
    why: `the connection failed (${code})`,
    hint: "Check the address, and for a proxy in between.",
  };
  return failed(why, hint, lasting);
}
