import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import type { Done } from "./purge-all.ts";
import { summaryOf } from "./summary.ts";
import { describePurge } from "./words.ts";

/** All that is known at the end of a run. */
export type PurgeRun = {
  readonly all: readonly Done[];
  readonly dryRun: boolean;
  /** Whether the end of CloudFront's work was to be seen. */
  readonly wait: boolean;
  readonly durationMs: number;
  readonly cancelled: boolean;
};

export const RESULTS = ["purged", "failed", "planned"] as const;

export type Result = (typeof RESULTS)[number];

const title = "cdn-purge";

/** Everything the user sees of a run, out of what came of it. Pure. */
export function outcomeOf(run: PurgeRun): Outcome {
  const { all, dryRun, cancelled } = run;
  const failures = dryRun ? [] : all.flatMap((done) => failureOf(done, run));
  const result: Result = dryRun ? "planned" : failures.length === 0 ? "purged" : "failed";
  const ids = all.flatMap(({ id }) => (id === undefined ? [] : [id]));
  return {
    result,
    // That it was cancelled says the runtime; what was purged stands in the summary.
    failures: cancelled ? [] : failures,
    outputs: {
      requests: all.filter(({ state }) => state === "accepted" || state === "completed").length,
      "invalidation-ids": ids.join(","),
    },
    summary: summaryOf(run, result, failures),
    details: {
      purges: all.map(({ purge, state, id, trouble }) => ({
        ...{ cdn: purge.cdn, kind: purge.kind, items: [...purge.items], state },
        ...(id === undefined ? {} : { id }),
        ...(trouble === undefined ? {} : { why: trouble.why }),
      })),
    },
  };
}

function failureOf({ purge, state, id, trouble }: Done, { wait }: PurgeRun): Failure[] {
  const what = describePurge(purge);
  if (trouble !== undefined) {
    const not = id === undefined ? "was not purged" : `was not seen to its end (${id})`;
    return [{ title, message: `${what}: ${not}: ${trouble.why}.`, hint: trouble.hint }];
  }
  const hint = "Raise 'timeout', and run the step again: a purge made twice is the same as one.";
  if (state === "open") return [{ title, message: `${what}: was not purged before the time ended.`, hint }];
  if (state === "accepted" && wait)
    return [{ title, message: `${what}: was not finished before the time ended (${id}).`, hint }];
  return [];
}
