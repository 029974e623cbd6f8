import type { Job } from "./workflow-runs.ts";

export type JobResult = "success" | "failure" | "cancelled";

/**
 * What came of a job of a workflow file in an attempt, by the name under which the run's page has it: all legs of its
 * matrix and all jobs of the workflow that it calls count as one. `undefined` where it was skipped, or has not ended.
 */
export function jobResult(jobs: readonly Job[], name: string): JobResult | undefined {
  const own = jobsOf(jobs, name).filter(({ conclusion }) => conclusion !== "skipped");
  if (own.length === 0 || own.some(({ finished }) => !finished)) return undefined;
  const results = own.map(({ conclusion }) => resultOf(conclusion));
  if (results.includes("failure")) return "failure";
  return results.includes("cancelled") ? "cancelled" : "success";
}

/** The jobs that a name stands for. */
export function jobsOf(jobs: readonly Job[], name: string): readonly Job[] {
  return jobs.filter(
    (job) => job.name === name || [" / ", " ("].some((then) => job.name.startsWith(name + then)),
  );
}

function resultOf(conclusion: string | null): JobResult {
  if (conclusion === "success" || conclusion === "neutral") return "success";
  return conclusion === "cancelled" ? "cancelled" : "failure";
}
