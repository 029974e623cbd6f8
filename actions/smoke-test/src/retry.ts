import type { Clock } from "../../../shared/runtime/clock.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import type { Attempt } from "./attempt.ts";
import type { Policy } from "./plan.ts";

/** The last attempt, and how many there were. */
export type Tried = { readonly last: Attempt; readonly attempts: number; readonly totalMs: number };

type Limits = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** When the action's own deadline ends, on the clock's monotonic scale; no pause begins that would outlast it. */
  readonly deadline: number;
  readonly onRetry: (attempt: Attempt, number: number, pauseMs: number) => void;
};

/** What to do after a failed attempt: how long to wait, or why not to try again. Pure. */
export function nextStep(
  policy: Policy,
  attempt: Attempt,
  number: number,
  leftMs: number,
): { readonly pauseMs: number } | { readonly stop: string | undefined } {
  if (number >= policy.attempts) return { stop: undefined };
  if (policy.retryOn === "network" && !attempt.network) return { stop: undefined };
  const growth = Math.min(policy.backOff ** (number - 1), Number.MAX_SAFE_INTEGER);
  const backedOff = policy.intervalMs * growth;
  const pauseMs = Math.max(backedOff, attempt.retryAfterMs ?? 0);
  if (pauseMs < leftMs) return { pauseMs };
  const asked =
    pauseMs > backedOff
      ? `the server asks to wait ${formatDuration(pauseMs)}`
      : `the pause is ${formatDuration(pauseMs)}`;
  return {
    stop: `not tried again: ${asked}, and the timeout of the step leaves ${formatDuration(Math.max(0, leftMs))}`,
  };
}

/** Tries until an attempt has no problems or the policy says stop. Rejects with the signal's reason. */
export async function retry(policy: Policy, limits: Limits, once: () => Promise<Attempt>): Promise<Tried> {
  const { clock, signal, deadline, onRetry } = limits;
  const started = clock.monotonic();
  for (let number = 1; ; number += 1) {
    const attempt = await once();
    const totalMs = clock.monotonic() - started;
    if (attempt.problems.length === 0) return { last: attempt, attempts: number, totalMs };
    const step = nextStep(policy, attempt, number, deadline - clock.monotonic());
    if ("stop" in step) {
      const last =
        step.stop === undefined ? attempt : { ...attempt, problems: [...attempt.problems, step.stop] };
      return { last, attempts: number, totalMs };
    }
    onRetry(attempt, number, step.pauseMs);
    await clock.sleep(step.pauseMs, signal);
  }
}
