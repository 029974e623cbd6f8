import { jobResult } from "../../../shared/github/job-result.ts";
import type { WorkflowRun, WorkflowRuns } from "../../../shared/github/workflow-runs.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Check } from "./checks.ts";
import { type Past, saysEnough } from "./judge.ts";
import { findOwnJob } from "./own-job.ts";

export type Me = {
  readonly run: string;
  readonly attempt: number;
  readonly runner: string;
  readonly job: string;
};

// A job of every month in a workflow of every night, and of every week, is among these.
const MOST_RUNS = 100;

/** What came of each check before, by its job. Throws UserErrors. */
export async function readPast(
  runs: WorkflowRuns,
  me: Me,
  checks: readonly Check[],
): Promise<ReadonlyMap<string, readonly Past[]>> {
  const run = await runs.run(me.run);
  const names = checks.map(({ job }) => job);
  const own = findOwnJob(await runs.jobs(run.id, me.attempt), me, names);
  if (own === undefined) {
    throw new UserError("This job was not found among those of its run.", {
      hint: `The jobs ${names.join(", ")} must have no 'name' of their own, and have to be beside this one.`,
    });
  }
  const found = new Map<string, Past[]>(names.map((name) => [name, []]));
  for await (const { id, attempt, at } of attemptsBefore(runs, run, me.attempt)) {
    const jobs = await runs.jobs(id, attempt);
    const told = jobResult(jobs, own.name) === "success";
    for (const check of checks) {
      const result = jobResult(jobs, own.prefix + check.job);
      if (result !== undefined) found.get(check.job)?.push({ at, result, told });
    }
    if (checks.every((check) => saysEnough(check, found.get(check.job) ?? []))) break;
  }
  return found;
}

type Attempt = { readonly id: number; readonly attempt: number; readonly at: number };

/**
 * Earlier attempts of this run, then the last one of each earlier run on its branch, newest first. A fork's branch of the
 * same name is another one. A run that goes on may have told already of what is over in it.
 */
async function* attemptsBefore(
  runs: WorkflowRuns,
  run: WorkflowRun,
  attempt: number,
): AsyncGenerator<Attempt> {
  for (let before = attempt - 1; before > 0; before--)
    yield { id: run.id, attempt: before, at: run.createdAt };
  let count = 0;
  const wanted = run.branch === null ? {} : { branch: run.branch };
  for await (const { id, attempt: last, createdAt: at, own } of runs.runs(run.workflow, wanted)) {
    if (id >= run.id || own !== run.own) continue;
    if (++count > MOST_RUNS) return;
    yield { id, attempt: last, at };
  }
}
