import type { IncomingHttpHeaders } from "node:http";
import { readRetryAfter } from "../http/retry-after.ts";

/** What GitHub said last about the calls that are left; `resetAt` in milliseconds since 1970. */
export type Budget = { readonly limit: number; readonly remaining: number; readonly resetAt: number };

/** The budget in an answer's headers; `undefined` where there is none, as on servers without limits. */
export function readBudget(headers: IncomingHttpHeaders): Budget | undefined {
  const [limit, remaining, reset] = ["limit", "remaining", "reset"].map((name) => {
    const text = headers[`x-ratelimit-${name}`];
    return typeof text === "string" && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  });
  if (limit === undefined || remaining === undefined || reset === undefined) return undefined;
  return { limit, remaining, resetAt: reset * 1_000 };
}

// "at least one minute", then longer: docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
const FIRST_MS = 60_000;
// Clocks differ, and the reset is given in whole seconds.
const SLACK_MS = 2_000;

/**
 * How long GitHub asks to wait before the next call, in milliseconds, when `status` 403 or 429 is for a rate limit;
 * `undefined` when it is something else, such as a missing right. `before` is how often it refused in a row until now.
 */
export function waitForLimit(
  answer: { readonly status: number; readonly headers: IncomingHttpHeaders; readonly message: string },
  before: number,
  nowMs: number,
): number | undefined {
  const { status, headers, message } = answer;
  if (status !== 403 && status !== 429) return undefined;
  const asked = readRetryAfter(headers["retry-after"], nowMs);
  const longer = FIRST_MS * 2 ** before;
  if (asked !== undefined) return Math.max(asked, 1_000);
  const budget = readBudget(headers);
  const spent = budget?.remaining === 0;
  if (spent && /rate limit/i.test(message) && !/secondary/i.test(message)) {
    return Math.max(0, budget.resetAt - nowMs) + SLACK_MS;
  }
  if (status === 429 || /secondary rate limit|rate limit exceeded|abuse detection/i.test(message))
    return longer;
  return undefined;
}
