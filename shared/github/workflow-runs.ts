import * as z from "zod";
import { UserError } from "../runtime/user-error.ts";
import { type GitHubAnswer, GitHubError } from "./client.ts";
import { linkTo } from "./link.ts";
import { LimitReached, type PacedGitHub } from "./paced-client.ts";

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

const PER_PAGE = 100;
// GitHub gives no more than a thousand runs of a search, and an attempt has at most 256 legs of a few matrices.
const MOST_PAGES = 10;

/**
 * The workflows of a repository, their runs and jobs, by GitHub's REST API. Needs `actions: read`. Throws UserErrors,
 * and the signal's reason.
 */
export class WorkflowRuns {
  readonly #github: PacedGitHub;
  readonly #root: string;

  /** `repository` as `owner/name`. */
  constructor(github: PacedGitHub, repository: string) {
    this.#github = github;
    this.#root = `repos/${repository}`;
  }

  async workflows(): Promise<readonly Workflow[]> {
    const schema = z.object({ workflows: z.array(workflowSchema) });
    const found: Workflow[] = [];
    const pages = this.#pages("/actions/workflows?", schema, "the workflows", ({ workflows }) => workflows);
    for await (const { id, name, path, state, created_at } of pages)
      found.push({ id, name, path, state, createdAt: Date.parse(created_at) });
    return found;
  }

  async run(id: string): Promise<WorkflowRun> {
    return runOf(parsed(await this.#get(`/actions/runs/${id}`, "this run"), runSchema));
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
    for await (const run of this.#pages(path, schema, "the runs", (page) => page.workflow_runs))
      yield runOf(run);
  }

  /** The jobs of an attempt of a run. */
  async jobs(run: number, attempt: number): Promise<readonly Job[]> {
    const schema = z.object({ jobs: z.array(jobSchema) });
    const found: Job[] = [];
    const path = `/actions/runs/${run}/attempts/${attempt}/jobs?`;
    for await (const job of this.#pages(path, schema, `the jobs of run ${run}`, ({ jobs }) => jobs)) {
      const { name, status, conclusion, runner_name: runner } = job;
      found.push({ name, conclusion, finished: status === "completed", runner: runner ?? "" });
    }
    return found;
  }

  /** When a file of the default branch was last changed; 0 for one that is not there. Needs `contents: read`. */
  async changedAt(file: string): Promise<number> {
    const query = new URLSearchParams({ path: file, per_page: "1" });
    const schema = z.array(
      z.object({ commit: z.object({ committer: z.object({ date: z.string() }).nullable() }) }),
    );
    const [commit] = parsed(
      await this.#get(`/commits?${query}`, `the commits of ${file}`, "contents: read"),
      schema,
    );
    return Date.parse(commit?.commit.committer?.date ?? "") || 0;
  }

  async *#pages<Schema extends z.ZodType, Item>(
    first: string,
    schema: Schema,
    what: string,
    items: (page: z.output<Schema>) => readonly Item[],
  ): AsyncGenerator<Item> {
    let rest: string | undefined = `${first}per_page=${PER_PAGE}`;
    for (let page = 2; rest !== undefined && page <= MOST_PAGES + 1; page++) {
      const answer = await this.#get(rest, what);
      const found = items(parsed(answer, schema));
      yield* found;
      const { link } = answer.headers;
      const more = linkTo(typeof link === "string" ? link : undefined, "next") !== undefined;
      rest = more || found.length >= PER_PAGE ? `${first}per_page=${PER_PAGE}&page=${page}` : undefined;
    }
  }

  async #get(rest: string, what: string, right = "actions: read"): Promise<GitHubAnswer> {
    const answer = await this.#github
      .call({ method: "GET", path: `${this.#root}${rest}` })
      .catch((error: unknown) => {
        throw unasked(error);
      });
    if (answer.status === 200) return answer;
    const said = answer.message === "" ? "" : `, ${answer.message}`;
    throw new UserError(`${what}: GitHub does not say (HTTP ${answer.status}${said}).`, {
      hint:
        answer.status === 401
          ? "github-token: set it again; it has expired, was revoked, or is cut off."
          : `Give the job 'permissions: ${right}'.`,
    });
  }
}

function runOf(run: z.output<typeof runSchema>): WorkflowRun {
  const { id, workflow_id, run_attempt, event, head_branch, status, conclusion, created_at } = run;
  return {
    ...{ id, workflow: workflow_id, attempt: run_attempt, event, branch: head_branch, conclusion },
    ...{ finished: status === "completed", createdAt: Date.parse(created_at) },
  };
}

function parsed<Schema extends z.ZodType>({ body }: GitHubAnswer, schema: Schema): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    value = undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new UserError("GitHub answered in a form that is not known.", {
    hint: "Try again; if it stays so, report it with the log of this step.",
    cause: result.error,
  });
}

function unasked(error: unknown): unknown {
  if (error instanceof GitHubError) {
    return new UserError(`GitHub could not be asked: ${error.message}.`, {
      hint: "See https://www.githubstatus.com, and run it again.",
      cause: error,
    });
  }
  if (error instanceof LimitReached) {
    return new UserError(`GitHub's rate limit is reached until ${new Date(error.resetAt).toISOString()}.`, {
      hint: "Run it again then, or with a longer 'timeout'.",
      cause: error,
    });
  }
  return error;
}
