import * as z from "zod";
import type { GitHubClient } from "../../../shared/github/client.ts";

export const runSchema = z.object({
  id: z.int(),
  run_number: z.int(),
  run_attempt: z.int().default(1),
  workflow_id: z.int(),
  head_branch: z.string().nullable(),
  head_sha: z.string(),
  head_repository: z.object({ full_name: z.string() }).nullish(),
  status: z.string().nullable(),
  conclusion: z.string().nullable(),
  run_started_at: z.string().optional(),
});

/** A run of a workflow, as the REST API describes it. */
export type WorkflowRun = z.output<typeof runSchema>;

const runsSchema = z.object({ workflow_runs: z.array(runSchema) });

/** How an earlier run ended, and on which commit. */
export type EarlierRun = { readonly succeeded: boolean; readonly sha: string };

/**
 * The last run before this one, of the same workflow, branch and repository, that succeeded or failed; `undefined`
 * when there is none among the last hundred. An earlier attempt of this run counts.
 */
export async function earlierRun(
  client: GitHubClient,
  repository: string,
  run: WorkflowRun,
): Promise<EarlierRun | undefined> {
  if (run.run_attempt > 1) {
    const path = `repos/${repository}/actions/runs/${run.id}/attempts/${run.run_attempt - 1}`;
    const before = verdictOf(await client.json(path, runSchema));
    if (before !== undefined) return before;
  }
  if (run.head_branch === null) return undefined;
  const query = new URLSearchParams({
    branch: run.head_branch,
    per_page: "100",
    exclude_pull_requests: "true",
  });
  const path = `repos/${repository}/actions/workflows/${run.workflow_id}/runs?${query}`;
  const { workflow_runs: runs } = await client.json(path, runsSchema);
  const owner = ({ head_repository }: WorkflowRun): string | undefined => head_repository?.full_name;
  return runs
    .filter((each) => each.run_number < run.run_number && owner(each) === owner(run))
    .toSorted((one, other) => other.run_number - one.run_number)
    .map(verdictOf)
    .find((verdict) => verdict !== undefined);
}

/** A run that was cancelled, or is still on its way, says nothing about what it deployed. */
function verdictOf({ status, conclusion, head_sha: sha }: WorkflowRun): EarlierRun | undefined {
  if (status !== "completed") return undefined;
  if (conclusion === "success") return { succeeded: true, sha };
  if (["failure", "timed_out", "startup_failure"].includes(conclusion ?? ""))
    return { succeeded: false, sha };
  return undefined;
}
