import { jobsOf } from "../../../shared/github/job-result.ts";
import type { Job } from "../../../shared/github/workflow-runs.ts";

/** Where this job stands among those of its run. */
export type OwnJob = {
  readonly name: string;
  /** What stands before the ids of the checks in the names of jobs: `database / ` within a workflow that is called. */
  readonly prefix: string;
};

/**
 * This job, found by its runner, and by its id where several wait under one name; and what the checks are called.
 * `undefined` where that is not certain. Pure.
 */
export function findOwnJob(
  jobs: readonly Job[],
  me: { readonly runner: string; readonly job: string },
  checks: readonly string[],
): OwnJob | undefined {
  const running = jobs.filter(({ finished, runner }) => !finished && runner !== "" && runner === me.runner);
  const named = running.filter(({ name }) => name.split(" / ").at(-1)?.split(" (")[0] === me.job);
  const [own, ...others] = running.length === 1 ? running : named;
  if (own === undefined || others.length > 0) return undefined;
  const parts = own.name.split(" / ");
  // The nearest jobs with these names: those beside this one, or beside the workflow that this one is in.
  for (let depth = parts.length - 1; depth >= 0; depth--) {
    const prefix = parts
      .slice(0, depth)
      .map((part) => `${part} / `)
      .join("");
    if (checks.every((check) => jobsOf(jobs, prefix + check).length > 0)) return { name: own.name, prefix };
  }
  return undefined;
}
