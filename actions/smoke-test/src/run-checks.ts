import { formatDuration } from "../../../shared/runtime/values.ts";
import type { ProbeContext } from "./attempt.ts";
import type { Captures } from "./captures.ts";
import type { Check } from "./plan.ts";
import { tryCheck } from "./probe.ts";
import { type CheckResult, skipped } from "./result.ts";
import { retry } from "./retry.ts";
import type { Run } from "./run.ts";

/**
 * Runs the checks, each as soon as what it needs has passed, at most `concurrency` at once. A check whose need failed
 * is skipped. Results are in the order of the file.
 */
export async function runChecks(
  checks: readonly Check[],
  run: Run,
  runOne: (check: Check) => Promise<CheckResult>,
): Promise<CheckResult[]> {
  const results = new Map<string, CheckResult>();
  const waiting = new Set(checks);
  let active = 0;
  const finish = (result: CheckResult): void => {
    results.set(result.name, result);
    run.onResult(result);
  };
  let broken: { readonly error: unknown } | undefined;
  // Not a race of all that is active: that would be one more listener on each of them with every one that ends.
  let change = Promise.withResolvers<void>();
  const begin = async (check: Check): Promise<void> => {
    active += 1;
    try {
      finish(await runOne(check));
    } catch (error) {
      broken ??= { error };
    }
    active -= 1;
    change.resolve();
  };
  while (waiting.size > 0 || active > 0) {
    run.signal.throwIfAborted();
    for (const check of waiting) {
      if (active >= run.plan.concurrency) break;
      const needs = check.needs.map((need) => results.get(need));
      const unmet = check.needs.find(
        (_need, index) => needs[index] !== undefined && needs[index]?.status !== "passed",
      );
      if (unmet !== undefined) {
        waiting.delete(check);
        finish(
          skipped(
            check.name,
            check.kind,
            check.where,
            `needs "${unmet}", which ${results.get(unmet)?.status === "failed" ? "failed" : "was skipped"}`,
          ),
        );
      } else if (!needs.includes(undefined)) {
        waiting.delete(check);
        void begin(check);
      }
    }
    if (active === 0) continue;
    await change.promise;
    change = Promise.withResolvers();
    if (broken !== undefined) throw broken.error;
  }
  return checks.flatMap((check) => results.get(check.name) ?? []);
}

/** Runs one check with its retries. Captures are kept when it passes. */
export async function runCheck(check: Check, run: Run, captures: Captures): Promise<CheckResult> {
  const context: ProbeContext = {
    ...run.context,
    via: check.config.via ?? "direct",
    timeoutMs: check.timeoutMs,
    fill: captures.filler(check),
  };
  const onRetry = (
    attempt: { readonly problems: readonly string[] },
    number: number,
    pauseMs: number,
  ): void =>
    run.log.info(
      `${check.name}: attempt ${number} of ${check.policy.attempts}: ${attempt.problems.join("; ")}; again in ${formatDuration(pauseMs)}`,
    );
  const { last, attempts, totalMs } = await retry(check.policy, { ...run.limits, onRetry }, () =>
    tryCheck(check, context),
  );
  const ok = last.problems.length === 0;
  if (ok && last.captures !== undefined) captures.keep(check.name, last.captures);
  return {
    name: check.name,
    kind: check.kind,
    status: ok ? "passed" : "failed",
    where: check.where,
    problems: last.problems,
    attempts,
    durationMs: last.durationMs,
    totalMs,
    ...(last.seen === undefined ? {} : { seen: last.seen }),
    ...(ok || last.hint === undefined ? {} : { hint: last.hint }),
  };
}
