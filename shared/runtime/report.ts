import type { Outcome } from "./outcome.ts";

type Facts = {
  readonly action: string;
  readonly ref: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly left: readonly string[];
};

/** The report of one run, as a plain value. Times are milliseconds since 1970. */
export function buildReport(facts: Facts, outcome: Outcome): Record<string, unknown> {
  return {
    schemaVersion: 1,
    action: facts.action,
    ref: facts.ref,
    result: outcome.result,
    startedAt: new Date(facts.startedAt).toISOString(),
    finishedAt: new Date(facts.finishedAt).toISOString(),
    durationMs: Math.max(0, facts.finishedAt - facts.startedAt),
    failures: outcome.failures.map(({ title, message, hint, where }) => ({ title, message, hint, where })),
    left: facts.left,
    ...outcome.details,
  };
}
