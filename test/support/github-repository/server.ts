import { randomBytes } from "node:crypto";
import { ApiDescription, type Call } from "../github-packages/openapi.ts";
import { type Answer, type HttpServer, type Received, startHttpServer } from "../http-server.ts";
import { type Checks, type Commits, commitGraph } from "./commits.ts";

export type Deployment = {
  readonly id: number;
  readonly sha: string;
  readonly environment: string;
  readonly task: string;
  readonly payload: unknown;
  readonly description: string;
  /** Newest first, as GitHub lists them. */
  readonly statuses: { readonly state: string; readonly description: string }[];
};

export type Environment = {
  readonly reviewers: boolean;
  readonly adminsBypass?: boolean;
};

/** Answers in the server's place: "drop" cuts the connection, `undefined` lets it do its work. */
export type Intervention = (
  request: Received,
  work: () => Answer,
) => Answer | "drop" | undefined | Promise<Answer | "drop" | undefined>;

export type GitHubRepository = {
  readonly apiUrl: string;
  readonly name: string;
  readonly token: string;
  readonly commits: Commits;
  readonly checks: Checks;
  readonly branches: Map<string, string>;
  readonly environments: Map<string, Environment>;
  /** Newest first. */
  readonly deployments: Deployment[];
  /** The permissions of the token, as a job names them. */
  readonly permissions: Set<string>;
  private: boolean;
  /** GitHub's names of the calls, in their order. */
  readonly journal: string[];
  /** What callers did that GitHub does not describe. Expect it to be empty. */
  readonly misuses: string[];
  intervene(intervention: Intervention | undefined): void;
  stop(): Promise<void>;
};

const description = new ApiDescription(new URL("fixtures/openapi.json", import.meta.url));

const RIGHTS: Readonly<Record<string, string>> = {
  "repos/get": "contents: read",
  "repos/get-branch": "contents: read",
  "repos/compare-commits-with-basehead": "contents: read",
  "checks/list-for-ref": "checks: read",
  "checks/list-suites-for-ref": "checks: read",
  "repos/get-combined-status-for-ref": "statuses: read",
  "repos/list-deployments": "deployments: read",
  "repos/list-deployment-statuses": "deployments: read",
  "repos/create-deployment": "deployments: write",
  "repos/create-deployment-status": "deployments: write",
  "repos/get-environment": "actions: read",
  "actions/get-job-for-workflow-run": "actions: read",
};

/** What GitHub says to a token that lacks a permission. */
const DENIED = "Resource not accessible by integration";

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * What stands in for the REST API of one repository on GitHub: commits, checks, environments and deployments, stateful,
 * and held to GitHub's own description both ways. `other` answers what is no call of these.
 */
export async function startGitHubRepository(
  name = "acme/shop",
  other?: (request: Received) => Answer,
): Promise<GitHubRepository> {
  const server: HttpServer = await startHttpServer();
  const commits = commitGraph();
  let intervention: Intervention | undefined;
  const repository: GitHubRepository = {
    apiUrl: server.origin,
    name,
    token: `ghs_${randomBytes(18).toString("hex")}`,
    commits,
    checks: { runs: new Map(), suites: new Map(), jobs: new Map(), statuses: new Map() },
    branches: new Map(),
    environments: new Map(),
    deployments: [],
    permissions: new Set(
      "contents: read,checks: read,statuses: read,deployments: read,deployments: write,actions: read".split(
        ",",
      ),
    ),
    private: false,
    journal: [],
    misuses: [],
    intervene: (next) => {
      intervention = next;
    },
    stop: () => server.stop(),
  };

  server.answer(async (request, response) => {
    const work = () => answer(repository, request, server.origin, other);
    const intervened = await intervention?.(request, work);
    if (intervened === "drop") {
      response.destroy();
      return undefined;
    }
    return intervened ?? work();
  });
  return repository;
}

function answer(
  repository: GitHubRepository,
  request: Received,
  origin: string,
  other: ((request: Received) => Answer) | undefined,
): Answer {
  const url = new URL(request.url, origin);
  const body: unknown = request.body.length === 0 ? undefined : JSON.parse(request.body.toString());
  const call = description.findCall(request.method, url, body);
  const what = `${request.method} ${request.url}`;
  if (call === undefined) {
    if (other !== undefined) return other(request);
    repository.misuses.push(`${what} is no call that GitHub describes`);
    return refused(404, "Not Found");
  }
  repository.journal.push(call.id);
  for (const problem of call.problems) repository.misuses.push(`${what}: ${problem}`);
  try {
    if (request.headers.authorization !== `Bearer ${repository.token}`)
      throw new Refusal(401, "Bad credentials");
    if (!request.headers["user-agent"]) throw new Refusal(403, "Request forbidden by administrative rules.");
    const { owner, repo } = call.parameters;
    if (`${owner}/${repo}` !== repository.name) throw new Refusal(404, "Not Found");
    if (!repository.permissions.has(RIGHTS[call.id] ?? "")) throw new Refusal(403, DENIED);
    const given = perform(repository, call, url, (body ?? {}) as Record<string, unknown>);
    const wrong = description.answerProblems(call, given.status ?? 200, given.json);
    if (wrong.length > 0) repository.misuses.push(`the fake's answer to ${what}: ${wrong.join("; ")}`);
    return given;
  } catch (error) {
    if (error instanceof Refusal) return refused(error.status, error.message);
    repository.misuses.push(`the fake failed: ${(error as Error).stack}`);
    throw error;
  }
}

function refused(status: number, message: string): Answer {
  return {
    status,
    json: { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
  };
}

function perform(
  repository: GitHubRepository,
  { id, parameters }: Call,
  url: URL,
  body: Readonly<Record<string, unknown>>,
): Answer {
  const { commits, checks, branches, environments, deployments } = repository;
  switch (id) {
    case "repos/get":
      return {
        json: description.sample("full-repository", {
          name: repository.name.split("/")[1],
          full_name: repository.name,
          private: repository.private,
          default_branch: "main",
        }),
      };
    case "repos/get-branch": {
      const sha = branches.get(parameters["branch"] ?? "");
      if (sha === undefined) throw new Refusal(404, "Branch not found");
      const commit = description.sample("commit", { sha });
      return { json: description.sample("branch-with-protection", { name: parameters["branch"], commit }) };
    }
    case "repos/compare-commits-with-basehead": {
      const [base = "", head = ""] = (parameters["basehead"] ?? "").split("...");
      if (!commits.has(base) || !commits.has(head)) throw new Refusal(404, "Not Found");
      const { status, ahead, behind } = commits.compare(base, head);
      const numbers = { ahead_by: ahead, behind_by: behind, total_commits: ahead };
      return {
        json: description.sample("commit-comparison", { status, ...numbers, commits: [], files: [] }),
      };
    }
    case "checks/list-for-ref": {
      const all = checks.runs.get(parameters["ref"] ?? "") ?? [];
      const { items, headers } = page(url, all);
      const check_runs = items.map(({ suite = 1, ...run }) =>
        description.sample("check-run", { ...run, check_suite: { id: suite }, pull_requests: [] }),
      );
      return { headers, json: { total_count: all.length, check_runs } };
    }
    case "checks/list-suites-for-ref": {
      const all = checks.suites.get(parameters["ref"] ?? "") ?? [];
      const { items, headers } = page(url, all);
      const check_suites = items.map(({ slug, runs, ...suite }) =>
        description.sample("check-suite", {
          ...suite,
          app: githubApp(slug),
          ...{ latest_check_runs_count: runs, pull_requests: [] },
        }),
      );
      return { headers, json: { total_count: all.length, check_suites } };
    }
    case "repos/get-combined-status-for-ref": {
      const all = checks.statuses.get(parameters["ref"] ?? "") ?? [];
      const { items, headers } = page(url, all);
      const statuses = items.map((status) => description.sample("simple-commit-status", status));
      return {
        headers,
        json: description.sample("combined-commit-status", {
          state: "success",
          statuses,
          total_count: all.length,
        }),
      };
    }
    case "actions/get-job-for-workflow-run": {
      const number = Number(parameters["job_id"]);
      const job = checks.jobs.get(number);
      if (job === undefined) throw new Refusal(404, "Not Found");
      const steps = job.steps.map((step, at) => ({ ...step, status: "completed", number: at + 1 }));
      return { json: description.sample("job", { id: number, run_id: job.run, steps }) };
    }
    case "repos/get-environment":
      return environmentJson(environments, parameters["environment_name"] ?? "");
    case "repos/list-deployments": {
      const asked = (key: "environment" | "task" | "sha") => {
        const value = url.searchParams.get(key);
        return (deployment: Deployment) => value === null || deployment[key] === value;
      };
      const found = deployments.filter(asked("environment")).filter(asked("task")).filter(asked("sha"));
      const { items, headers } = page(url, found);
      return { headers, json: items.map(deploymentJson) };
    }
    case "repos/list-deployment-statuses": {
      const { items, headers } = page(url, deploymentOf(repository, parameters).statuses);
      return { headers, json: items.map(statusJson) };
    }
    case "repos/create-deployment":
      return createDeployment(repository, body);
    case "repos/create-deployment-status":
      return createStatus(repository, deploymentOf(repository, parameters), body);
    default:
      throw new Error(`nobody has written ${id}`);
  }
}

function githubApp(slug: string): unknown {
  const at = "2026-01-01T00:00:00Z";
  return {
    ...{ id: 1, node_id: "A", slug, name: slug, description: "", events: [], permissions: {} },
    ...{ external_url: "https://app.example", html_url: "https://app.example" },
    ...{ created_at: at, updated_at: at, owner: description.sample("simple-user", { login: slug }) },
  };
}

function environmentJson(environments: ReadonlyMap<string, Environment>, name: string): Answer {
  const environment = environments.get(name);
  if (environment === undefined) throw new Refusal(404, "Not Found");
  const rule = { id: 1, node_id: "R", type: "required_reviewers", prevent_self_review: false };
  const reviewer = { type: "User", reviewer: description.sample("simple-user", { login: "maintainer" }) };
  return {
    json: description.sample("environment", {
      name,
      can_admins_bypass: environment.adminsBypass ?? false,
      protection_rules: environment.reviewers ? [{ ...rule, reviewers: [reviewer] }] : [],
    }),
  };
}

function createDeployment(repository: GitHubRepository, body: Readonly<Record<string, unknown>>): Answer {
  const { commits, deployments } = repository;
  const ref = String(body["ref"]);
  if (!commits.has(ref)) throw new Refusal(422, `No ref found for: ${ref}`);
  if (String(body["description"] ?? "").length > 140) throw new Refusal(422, "Validation Failed");
  const deployment: Deployment = {
    id: 1 + deployments.length,
    sha: ref,
    environment: String(body["environment"] ?? "production"),
    task: String(body["task"] ?? "deploy"),
    payload: body["payload"] ?? {},
    description: String(body["description"] ?? ""),
    statuses: [],
  };
  deployments.unshift(deployment);
  return { status: 201, json: deploymentJson(deployment) };
}

function createStatus(
  { deployments }: GitHubRepository,
  deployment: Deployment,
  body: Readonly<Record<string, unknown>>,
): Answer {
  const { state, description: text = "" } = body as { readonly state: string; readonly description?: string };
  if (text.length > 140) throw new Refusal(422, "Validation Failed");
  const status = { state, description: text };
  deployment.statuses.unshift(status);
  // "Adds a new inactive status to all prior non-transient, non-production environment deployments with the same
  // repository and environment name" (docs: create a deployment status). Production is that of this name.
  if (state === "success" && body["auto_inactive"] !== false && deployment.environment !== "production") {
    for (const prior of deployments) {
      if (prior.id < deployment.id && prior.environment === deployment.environment)
        prior.statuses.unshift({ state: "inactive", description: "" });
    }
  }
  return { status: 201, json: statusJson(status) };
}

function deploymentOf({ deployments }: GitHubRepository, { deployment_id }: Call["parameters"]): Deployment {
  const found = deployments.find(({ id }) => id === Number(deployment_id));
  if (found === undefined) throw new Refusal(404, "Not Found");
  return found;
}

function deploymentJson({ id, sha, environment, task, payload, description: text }: Deployment): unknown {
  return description.sample("deployment", {
    id,
    sha,
    ref: sha,
    environment,
    task,
    payload,
    description: text,
  });
}

function statusJson(status: Deployment["statuses"][number]): unknown {
  return description.sample("deployment-status", status);
}

function page<Item>(
  url: URL,
  items: readonly Item[],
): { readonly items: readonly Item[]; readonly headers: Readonly<Record<string, string>> } {
  const per = Math.min(100, Number(url.searchParams.get("per_page") ?? 30));
  const current = Number(url.searchParams.get("page") ?? 1);
  const next = new URL(url);
  next.searchParams.set("page", String(current + 1));
  const more = current * per < items.length;
  return {
    items: items.slice((current - 1) * per, current * per),
    headers: more ? { link: `<${next.href}>; rel="next"` } : {},
  };
}
