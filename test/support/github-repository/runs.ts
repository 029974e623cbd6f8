import type { ApiDescription, Call } from "../github-packages/openapi.ts";
import type { Answer } from "../http-server.ts";

export type FakeWorkflow = {
  readonly id: number;
  readonly path: string;
  state: string;
  /** ISO. */
  readonly createdAt: string;
  /** When the file was last changed; as ISO. When it was made when left out. */
  readonly changedAt?: string;
};

export type FakeJob = {
  readonly name: string;
  /** `null` while it is at work. */
  readonly conclusion: string | null;
  readonly runner?: string;
};

export type FakeRun = {
  readonly id: number;
  readonly workflow: number;
  readonly event: string;
  readonly branch: string;
  /** The repository that the branch is in, `acme/shop` when left out. */
  readonly from?: string;
  /** ISO. */
  readonly createdAt: string;
  /** `null` while it is at work. */
  conclusion: string | null;
  /** The jobs of each attempt, the first one first. */
  readonly attempts: FakeJob[][];
};

/** The workflows of a repository and their runs, newest first. */
export type Runs = { readonly workflows: FakeWorkflow[]; readonly runs: FakeRun[] };

/** What GitHub answers to a call about runs; `undefined` for calls about something else, and for what is not there. */
export function answerAboutRuns(
  { workflows, runs }: Runs,
  { id, parameters }: Call,
  url: URL,
  description: ApiDescription,
): Answer | undefined {
  const run = runs.find((each) => each.id === Number(parameters["run_id"]));
  switch (id) {
    case "actions/list-repo-workflows":
      return listed(url, workflows, "workflows", (workflow) =>
        description.sample("workflow", {
          ...{ id: workflow.id, path: workflow.path, state: workflow.state, name: workflow.path },
          created_at: workflow.createdAt,
        }),
      );
    case "repos/list-commits": {
      const changed = workflows.filter(({ path }) => path === url.searchParams.get("path"));
      return { json: changed.map((workflow) => commitJson(workflow, description)) };
    }
    case "actions/get-workflow-run":
      return run && { json: runJson(run, description) };
    case "actions/list-workflow-runs": {
      const asked = url.searchParams;
      const since = Date.parse((asked.get("created") ?? ">=1970-01-01T00:00:00Z").replace(/^>=/, ""));
      const found = runs.filter(
        (each) =>
          each.workflow === Number(parameters["workflow_id"]) &&
          [null, each.branch].includes(asked.get("branch")) &&
          [null, each.event].includes(asked.get("event")) &&
          [null, each.conclusion].includes(asked.get("status")) &&
          Date.parse(each.createdAt) >= since,
      );
      return listed(url, found, "workflow_runs", (each) => runJson(each, description));
    }
    case "actions/list-jobs-for-workflow-run-attempt": {
      const jobs = run?.attempts[Number(parameters["attempt_number"]) - 1];
      return jobs && listed(url, jobs, "jobs", (job) => jobJson(job, description));
    }
    default:
      return undefined;
  }
}

function runJson(
  { id, workflow, event, branch, from = "acme/shop", createdAt, conclusion, attempts }: FakeRun,
  description: ApiDescription,
) {
  const repository = description.sample("minimal-repository", { full_name: "acme/shop" });
  return description.sample("workflow-run", {
    ...{ id, workflow_id: workflow, event, head_branch: branch, created_at: createdAt, conclusion },
    ...{
      run_number: id,
      run_attempt: attempts.length,
      status: conclusion === null ? "in_progress" : "completed",
    },
    ...{ run_started_at: createdAt, repository, head_commit: null },
    head_repository: description.sample("minimal-repository", { full_name: from }),
  });
}

function commitJson({ createdAt, changedAt: date = createdAt }: FakeWorkflow, description: ApiDescription) {
  const sample = description.sample("commit", {});
  const committer = { name: "somebody", email: "somebody@example.com", date };
  return {
    ...sample,
    parents: [],
    commit: { ...(sample["commit"] as object), committer, author: committer },
  };
}

function jobJson({ name, conclusion, runner }: FakeJob, description: ApiDescription) {
  const status = conclusion === null ? "in_progress" : "completed";
  return description.sample("job", { name, conclusion, status, runner_name: runner ?? null, labels: [] });
}

function listed<Item>(url: URL, items: readonly Item[], name: string, json: (item: Item) => unknown): Answer {
  const per = Math.min(100, Number(url.searchParams.get("per_page") ?? 30));
  const page = Number(url.searchParams.get("page") ?? 1);
  const next = new URL(url);
  next.searchParams.set("page", String(page + 1));
  return {
    headers: page * per < items.length ? { link: `<${next.href}>; rel="next"` } : {},
    json: { total_count: items.length, [name]: items.slice((page - 1) * per, page * per).map(json) },
  };
}
