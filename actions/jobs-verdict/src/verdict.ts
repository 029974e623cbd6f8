import type { Jobs, Result } from "./inputs.ts";

/** How a job is judged. */
export type Judged = {
  readonly job: string;
  readonly result: Result;
  /** Why it is not well; undefined where it is. */
  readonly problem: string | undefined;
};

/** Whether anything ran at all: a green check of nothing would be a lie. */
export function nothingRan(judged: readonly Judged[]): boolean {
  return judged.every(({ result }) => result === "skipped");
}

/**
 * Judges each job by itself. Only `success` is well, and `skipped` where that was to be expected: GitHub shows a job
 * that was skipped because another failed just as one that had nothing to do, and takes both for green. Pure.
 */
export function judge(jobs: Jobs, maySkip: readonly string[]): Judged[] {
  const allowed = (job: string): boolean =>
    maySkip.some((name) => (name.endsWith("*") ? job.startsWith(name.slice(0, -1)) : name === job));
  return Object.entries(jobs).map(([job, result]) => ({
    job,
    result,
    problem: problemOf(result, allowed(job)),
  }));
}

function problemOf(result: Result, maySkip: boolean): string | undefined {
  if (result === "success") return undefined;
  if (result === "failure") return "failed";
  if (result === "cancelled") return "was cancelled";
  return maySkip ? undefined : "was skipped, and should have run";
}
