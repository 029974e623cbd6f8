import type { Outcome } from "./outcome.ts";

/** Times are milliseconds since 1970. */
type Facts = {
  readonly action: string;
  readonly ref: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly left: readonly string[];
};

/** The report of one run, as a plain value; the action's own part never stands in for the shared one. */
export function buildReport(facts: Facts, outcome: Outcome): Record<string, unknown> {
  const shared = {
    schemaVersion: 1,
    action: facts.action,
    ref: facts.ref,
    result: outcome.result,
    startedAt: new Date(facts.startedAt).toISOString(),
    finishedAt: new Date(facts.finishedAt).toISOString(),
    durationMs: Math.max(0, facts.finishedAt - facts.startedAt),
    failures: outcome.failures.map(({ title, message, hint, where }) => ({ title, message, hint, where })),
    left: facts.left,
  };
  return { ...shared, ...outcome.details, ...shared };
}
