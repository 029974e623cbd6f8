import { jobResult } from "../../../shared/github/job-result.ts";
import type { Workflow, WorkflowRun, WorkflowRuns } from "../../../shared/github/workflow-runs.ts";
import type { WatchedJob } from "./inputs.ts";
import type { Facts } from "./judge.ts";
import type { Scheduled } from "./read-schedules.ts";

/** What GitHub knows of scheduled workflows and of single jobs. Throws UserErrors. */
export async function gather(
  runs: WorkflowRuns,
  schedules: readonly Scheduled[],
  jobs: readonly WatchedJob[],
  until: number,
): Promise<readonly Facts[]> {
  const workflows = new Map((await runs.workflows()).map((workflow) => [fileOf(workflow), workflow]));
  const facts: Facts[] = [];
  for (const { file, due } of schedules) facts.push(await ofWorkflow(runs, file, due, workflows.get(file)));
  const branch = jobs.length === 0 ? "" : await runs.defaultBranch();
  for (const { file, job, period } of jobs)
    facts.push(await ofJob(runs, { file, job, branch, since: until - period }, workflows.get(file)));
  return facts;
}

function fileOf({ path }: Workflow): string {
  return path.split("/").at(-1) ?? "";
}

// A pull request brings its own version of the file, in which a job of any name can succeed.
const isTrusted = ({ own, event }: WorkflowRun): boolean => own && !event.startsWith("pull_request");

const NOTHING = { ran: false, underWay: false, succeeded: false } as const;

async function ofWorkflow(
  runs: WorkflowRuns,
  file: string,
  due: number | undefined,
  workflow: Workflow | undefined,
): Promise<Facts> {
  const known = {
    ...{ name: file, since: due, state: workflow?.state },
    knownSince:
      workflow === undefined ? 0 : Math.max(workflow.createdAt, await runs.changedAt(workflow.path)),
  };
  if (workflow === undefined || due === undefined) return { ...known, ...NOTHING };
  const found: WorkflowRun[] = [];
  for await (const run of runs.runs(workflow.id, { since: due }))
    if (run.createdAt >= due && isTrusted(run)) found.push(run);
  const scheduled = found.filter(({ event }) => event === "schedule");
  // A run by hand mends what failed, and on the same branch only; it does not show that the schedule lives.
  const { branch } = scheduled[0] ?? {};
  const same = found.filter((run) => run.branch === branch);
  return {
    ...known,
    ran: scheduled.length > 0,
    underWay: same.some(({ finished }) => !finished),
    succeeded: same.some(({ conclusion }) => conclusion === "success"),
  };
}

async function ofJob(
  runs: WorkflowRuns,
  {
    file,
    job,
    branch,
    since,
  }: Omit<WatchedJob, "period"> & { readonly branch: string; readonly since: number },
  workflow: Workflow | undefined,
): Promise<Facts> {
  const { state, createdAt: knownSince = 0, id } = workflow ?? {};
  const known = { name: `${file}: ${job}`, since, state, knownSince };
  if (id === undefined) return { ...known, ...NOTHING };
  let ran = false;
  for await (const run of runs.runs(id, { since, branch })) {
    if (run.createdAt < since || !run.finished || !isTrusted(run)) continue;
    const result = jobResult(await runs.jobs(run.id, run.attempt), job);
    if (result === "success") return { ...known, ran: true, underWay: false, succeeded: true };
    ran ||= result !== undefined;
  }
  return { ...known, ran, underWay: false, succeeded: false };
}
