import type { Agents } from "../../../shared/http/route.ts";
import type { Clock } from "../../../shared/runtime/clock.ts";
import type { Logger } from "../../../shared/runtime/logger.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import { sendOnce } from "./attempt.ts";
import type { HookCall } from "./hook-call.ts";
import { judge, type Verdict } from "./judge.ts";

export type Called = Verdict & {
  /** How often the request was tried. More than one only when all before were provably not taken. */
  readonly attempts: number;
  /** The body of the platform's answer. Never shown: it may hold anything. */
  readonly answer: string;
};

export type Patience = {
  readonly agents: Agents;
  readonly retries: number;
  readonly answerTimeoutMs: number;
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Logger;
};

const LONGEST_PAUSE_MS = 30_000;

/**
 * Makes the call, once. It is tried again only after an attempt of which nothing has left this machine, or which the
 * platform has turned away with the time to come back. Says what became of it however the run ends.
 */
export async function callOnce(call: HookCall, patience: Patience): Promise<Called> {
  const { agents, retries, answerTimeoutMs, deadline, clock, signal, log } = patience;
  for (let attempts = 1; ; attempts++) {
    const leftMs = Math.max(1, Math.round(deadline - clock.monotonic()));
    const timeoutMs = Math.min(answerTimeoutMs, leftMs);
    const attempt = await sendOnce(call, { agents, timeoutMs, signal, now: clock.now });
    const verdict = judge(attempt);
    const called = { ...verdict, attempts, answer: attempt.kind === "answered" ? attempt.text : "" };
    if (verdict.again === undefined || attempts > retries || signal.aborted) return called;
    const pauseMs = verdict.again.afterMs ?? Math.min(1_000 * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
    if (clock.monotonic() + pauseMs >= deadline) return called;
    log.info(`The hook ${verdict.why}. Try ${attempts + 1} of ${retries + 1} in ${formatDuration(pauseMs)}.`);
    try {
      await clock.sleep(pauseMs, signal);
    } catch {
      return called; // Told to stop; nothing was called.
    }
  }
}
