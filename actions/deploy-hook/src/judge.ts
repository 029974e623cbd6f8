import { formatDuration } from "../../../shared/runtime/values.ts";
import type { Attempt } from "./attempt.ts";

/** Whether the hook was called; `unknown` when the request has left and no clear answer has come. */
export type WasCalled = "yes" | "no" | "unknown";

/** What an attempt means. */
export type Verdict = {
  readonly kind: "accepted" | "refused" | "not-sent" | "unclear";
  readonly called: WasCalled;
  /** A phrase about the hook, without a full stop. */
  readonly why: string;
  readonly hint: string;
  /** Trying again can make no second call, and may help; after this pause, if the platform asks for one. */
  readonly again?: { readonly afterMs: number | undefined };
};

const LOOK =
  "Look at the platform's list of deploys before this is run again: a second call would make a second deploy.";

/** The decision: from what came of sending the request to what that means, and whether to send it again. */
export function judge(attempt: Attempt): Verdict {
  if (attempt.kind === "unanswered") {
    const { left, why, hint, lasting } = attempt;
    if (left) return { kind: "unclear", called: "unknown", why: `may have been called: ${why}`, hint: LOOK };
    const verdict = { kind: "not-sent", called: "no", why: `was not reached: ${why}`, hint } as const;
    return lasting ? verdict : { ...verdict, again: { afterMs: undefined } };
  }
  const { status, retryAfterMs, redirect } = attempt;
  if (status >= 200 && status < 300)
    return { kind: "accepted", called: "yes", why: `has accepted the call (HTTP ${status})`, hint: "" };
  // RFC 9110, 15.4: 307 and 308 ask for the same request elsewhere; the others can be the page after a deed.
  if (status === 307 || status === 308) {
    const where = redirect === undefined ? "" : ` to ${redirect}`;
    return {
      ...{ kind: "refused", called: "no" },
      why: `redirects${where} (HTTP ${status}), which is not followed with a secret`,
      hint: "Set the address that it redirects to, if that is the hook.",
    };
  }
  // RFC 6585, section 4. Only with Retry-After does the platform say that the call is to be made again.
  if (status === 429) {
    const asked = retryAfterMs === undefined ? "" : `, and asks to wait ${formatDuration(retryAfterMs)}`;
    const hint = "Wait, or raise 'retries' and 'timeout'.";
    const verdict = {
      kind: "refused",
      called: "no",
      why: `takes no more calls for now${asked}`,
      hint,
    } as const;
    return retryAfterMs === undefined ? verdict : { ...verdict, again: { afterMs: retryAfterMs } };
  }
  // 408: it gave up waiting for the rest of a request that was sent whole.
  if (status >= 400 && status < 500 && status !== 408)
    return {
      kind: "refused",
      called: "no",
      why: `refuses the call (HTTP ${status})`,
      hint: refusalHint(status),
    };
  return {
    kind: "unclear",
    called: "unknown",
    why: `may have been called: it answered HTTP ${status}`,
    hint: LOOK,
  };
}

function refusalHint(status: number): string {
  switch (status) {
    case 401:
    case 403:
    case 404:
    case 410:
      return "The address or its key is not (or no longer) right: copy the hook's address anew into the secret.";
    case 405:
      return "Try the other 'method'.";
    default:
      return "Check what is sent along: ref, image, body and headers.";
  }
}
