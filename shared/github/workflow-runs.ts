import * as z from "zod";
import type { PacedGitHub } from "./paced-client.ts";
import { readJson, readPages } from "./read.ts";

const workflowSchema = z.object({
  id: z.int(),
  name: z.string(),
  path: z.string(),
  state: z.string(),
  created_at: z.string(),
});

const runSchema = z.object({
  id: z.int(),
  workflow_id: z.int(),
  run_attempt: z.int().default(1),
  event: z.string(),
  head_branch: z.string().nullable(),
  status: z.string().nullable(),
  conclusion: z.string().nullable(),
  created_at: z.string(),
  // Gone with a fork that was deleted.
  head_repository: z.object({ full_name: z.string() }).nullish(),
});

const jobSchema = z.object({
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  runner_name: z.string().nullish(),
});

/** A workflow file. `state` is `active`, `disabled_inactivity`, `disabled_manually` … */
export type Workflow = {
  readonly id: number;
  readonly name: string;
  /** From the root of the repository. */
  readonly path: string;
  readonly state: string;
  /** Milliseconds since 1970, as all times here. */
  readonly createdAt: number;
};

export type WorkflowRun = {
  readonly id: number;
  readonly workflow: number;
  readonly attempt: number;
  readonly event: string;
  readonly branch: string | null;
  readonly conclusion: string | null;
  readonly finished: boolean;
  readonly createdAt: number;
  /**
   * Whether its code is the repository's own. Anybody can have a fork with a branch of any name, change the workflow in it,
   * and open a pull request: what its runs say must not pass for what the branch of that name here has done.
   */
  readonly own: boolean;
};

/** A job of an attempt. The name is as the run's page shows it: `caller / called`, `name (leg of a matrix)`. */
export type Job = {
  readonly name: string;
  readonly conclusion: string | null;
  readonly finished: boolean;
  readonly runner: string;
};

export type Wanted = {
  readonly branch?: string;
  readonly event?: string;
  readonly conclusion?: "success";
  /** Runs that were made since then. */
  readonly since?: number;
};

/**
 * The workflows of a repository, their runs and jobs, by GitHub's REST API. Needs `actions: read`. Throws UserErrors,
 * and the signal's reason.
 */
export class WorkflowRuns {
  readonly #github: PacedGitHub;
  readonly #root: string;
  readonly #repository: string;

  /** `repository` as `owner/name`. */
  constructor(github: PacedGitHub, repository: string) {
    this.#github = github;
    this.#repository = repository;
    this.#root = `repos/${repository}`;
  }

  async workflows(): Promise<readonly Workflow[]> {
    const schema = z.object({ workflows: z.array(workflowSchema) });
    const found: Workflow[] = [];
    const asked = this.#ask("/actions/workflows?", "the workflows");
    const pages = readPages(this.#github, asked, schema, ({ workflows }) => workflows);
    for await (const { id, name, path, state, created_at } of pages)
      found.push({ id, name, path, state, createdAt: Date.parse(created_at) });
    return found;
  }

  async run(id: string): Promise<WorkflowRun> {
    const run = await readJson(this.#github, this.#ask(`/actions/runs/${id}`, "this run"), runSchema);
    return runOf(run, this.#repository);
  }

  /** The runs of a workflow, newest first, read as far as somebody asks. */
  async *runs(workflow: number, wanted: Wanted = {}): AsyncGenerator<WorkflowRun> {
    const { branch, event, conclusion, since } = wanted;
    const query = new URLSearchParams({
      exclude_pull_requests: "true",
      ...(branch === undefined ? {} : { branch }),
      ...(event === undefined ? {} : { event }),
      ...(conclusion === undefined ? {} : { status: conclusion }),
      ...(since === undefined ? {} : { created: `>=${new Date(since).toISOString().replace(/\.\d+/, "")}` }),
    });
    const schema = z.object({ workflow_runs: z.array(runSchema) });
    const path = `/actions/workflows/${workflow}/runs?${query}&`;
    const asked = this.#ask(path, "the runs");
    for await (const run of readPages(this.#github, asked, schema, (page) => page.workflow_runs))
      yield runOf(run, this.#repository);
  }

  /** The jobs of an attempt of a run. */
  async jobs(run: number, attempt: number): Promise<readonly Job[]> {
    const schema = z.object({ jobs: z.array(jobSchema) });
    const found: Job[] = [];
    const path = `/actions/runs/${run}/attempts/${attempt}/jobs?`;
    const asked = this.#ask(path, `the jobs of run ${run}`);
    for await (const job of readPages(this.#github, asked, schema, ({ jobs }) => jobs)) {
      const { name, status, conclusion, runner_name: runner } = job;
      found.push({ name, conclusion, finished: status === "completed", runner: runner ?? "" });
    }
    return found;
  }

  /** The branch whose schedules run. */
  async defaultBranch(): Promise<string> {
    const schema = z.object({ default_branch: z.string() });
    const asked = { path: this.#root, what: "the repository", right: "metadata: read" };
    return (await readJson(this.#github, asked, schema)).default_branch;
  }

  /** When a file of the default branch was last changed; 0 for one that is not there. Needs `contents: read`. */
  async changedAt(file: string): Promise<number> {
    const query = new URLSearchParams({ path: file, per_page: "1" });
    const schema = z.array(
      z.object({ commit: z.object({ committer: z.object({ date: z.string() }).nullable() }) }),
    );
    const path = `${this.#root}/commits?${query}`;
    const asked = { path, what: `the commits of ${file}`, right: "contents: read" };
    const [commit] = await readJson(this.#github, asked, schema);
    return Date.parse(commit?.commit.committer?.date ?? "") || 0;
  }

  #ask(rest: string, what: string) {
    return { path: `${this.#root}${rest}`, what, right: "actions: read" };
  }
}

function runOf(run: z.output<typeof runSchema>, repository: string): WorkflowRun {
  const { id, workflow_id, run_attempt, event, head_branch, status, conclusion, created_at } = run;
  return {
    ...{ id, workflow: workflow_id, attempt: run_attempt, event, branch: head_branch, conclusion },
    ...{ finished: status === "completed", createdAt: Date.parse(created_at) },
    own: isOwn(run, repository),
  };
}

function isOwn({ event, head_repository }: z.output<typeof runSchema>, repository: string): boolean {
  if (!head_repository) return !/^(?:pull_request|workflow_run)/.test(event);
  return head_repository.full_name.toLowerCase() === repository.toLowerCase();
}
