import * as z from "zod";
import { type Entry, type History, stateOf } from "../../../shared/deployments/history.ts";
import { RECORD_TASK, recordIn } from "../../../shared/deployments/record.ts";
import type { GitHubAnswer } from "../../../shared/github/client.ts";
import { linkTo } from "../../../shared/github/link.ts";
import type { PacedGitHub } from "../../../shared/github/paced-client.ts";
import { parsedAnswer } from "../../../shared/github/parsed-answer.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { type Check, runState, statusState } from "./checks.ts";
import { refusalOf } from "./refusal.ts";

/** How a commit stands to another one, in the words of GitHub's comparison; `unknown` when one of them is gone. */
export type Relation = "identical" | "ahead" | "behind" | "diverged" | "unknown";

/** A job of a run of GitHub Actions. */
export type JobSteps = {
  readonly run: number;
  readonly steps: readonly { readonly name: string; readonly conclusion: string | null }[];
};

/** Whether an environment asks somebody, and what the repository's plan may have to do with it. */
export type Approval = {
  readonly exists: boolean;
  readonly reviewers: boolean;
  readonly adminsBypass: boolean;
};

const repositorySchema = z.object({ default_branch: z.string(), private: z.boolean() });
const branchSchema = z.object({ commit: z.object({ sha: z.string() }) });
const relationSchema = z.object({ status: z.enum(["diverged", "ahead", "behind", "identical"]) });
const deploymentSchema = z.object({
  id: z.int(),
  environment: z.string(),
  task: z.string(),
  payload: z.unknown(),
});
const statusSchema = z.object({ state: z.string() });
const environmentSchema = z.object({
  can_admins_bypass: z.boolean().optional(),
  protection_rules: z
    .array(z.object({ type: z.string(), reviewers: z.array(z.unknown()).optional() }))
    .optional(),
});
const checkRunSchema = z.object({
  id: z.int(),
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  details_url: z.string().nullable(),
  check_suite: z.object({ id: z.int() }).nullish(),
});
const suiteSchema = z.object({
  id: z.int(),
  status: z.string().nullable(),
  conclusion: z.string().nullable(),
  app: z.object({ slug: z.string().optional(), name: z.string() }).nullable(),
  latest_check_runs_count: z.int(),
});
const jobSchema = z.object({
  run_id: z.int(),
  steps: z.array(z.object({ name: z.string(), conclusion: z.string().nullable() })).optional(),
});
const commitStatusSchema = z.object({ context: z.string(), state: z.string() });

const PER_PAGE = 100;
// A thousand of each; who has more gets told, and nothing is decided on a part.
const MOST_PAGES = 10;

/** What a plan has to know of a repository, by GitHub's REST API. Throws UserErrors and what the client throws. */
export class RepositoryApi {
  readonly #github: PacedGitHub;
  readonly #root: string;

  /** `repository` as `owner/name`. */
  constructor(github: PacedGitHub, repository: string) {
    this.#github = github;
    this.#root = `repos/${repository}`;
  }

  async repository(): Promise<{ readonly defaultBranch: string; readonly isPrivate: boolean }> {
    const answer = await this.#get("");
    if (answer.status !== 200) throw refusalOf("the repository", "contents: read", answer);
    const found = parsedAnswer(answer, repositorySchema);
    return { defaultBranch: found.default_branch, isPrivate: found.private };
  }

  /** The commit that a branch is at; `undefined` when there is no such branch. */
  async head(branch: string): Promise<string | undefined> {
    const answer = await this.#get(`/branches/${encodeURIComponent(branch)}`);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusalOf(`branch ${branch}`, "contents: read", answer);
    return parsedAnswer(answer, branchSchema).commit.sha;
  }

  /** How `sha` stands to `base`: `behind` is older than it. */
  async relation(base: string, sha: string): Promise<Relation> {
    if (base === sha) return "identical";
    // The second page leaves out the changed files, which can be many (docs: compare two commits).
    const answer = await this.#get(`/compare/${base}...${sha}?per_page=1&page=2`);
    if (answer.status === 404) return "unknown";
    if (answer.status !== 200) throw refusalOf(`commit ${sha}`, "contents: read", answer);
    return parsedAnswer(answer, relationSchema).status;
  }

  /** The records of an environment, newest first, read until `enough` says so. */
  async history(environment: string, enough: (history: History) => boolean): Promise<History> {
    const query = new URLSearchParams({ environment, task: RECORD_TASK, per_page: String(PER_PAGE) });
    const entries: Entry[] = [];
    const pages = this.#pages(
      `/deployments?${query}`,
      z.array(deploymentSchema),
      "the deployments",
      (found) => found,
    );
    for await (const deployment of pages) {
      const record = deployment.task === RECORD_TASK ? recordIn(deployment.payload) : undefined;
      // GitHub compares names of environments without regard to case, and so may answer with more than was asked for.
      if (record === undefined || deployment.environment.toLowerCase() !== environment.toLowerCase())
        continue;
      entries.push({ ...record, id: deployment.id, state: stateOf(await this.#states(deployment.id)) });
      if (enough({ entries, complete: false })) return { entries, complete: false };
    }
    return { entries, complete: true };
  }

  /** What has reported on a commit: check runs and commit statuses. `run` is the run whose own checks are marked. */
  async checks(sha: string, run: string): Promise<readonly Check[]> {
    // First, so that what is over has reported all there is to report below.
    const suites = await this.#suites(sha);
    const runs = this.#pages(
      `/commits/${sha}/check-runs?per_page=${PER_PAGE}`,
      z.object({ total_count: z.int(), check_runs: z.array(checkRunSchema) }),
      "the checks",
      ({ check_runs }) => check_runs,
      "checks: read",
    );
    const found: Check[] = [];
    for await (const { id, name, status, conclusion, details_url, check_suite } of runs) {
      const own = run !== "" && (details_url ?? "").includes(`/actions/runs/${run}/`);
      const state = runState(status, conclusion);
      // Of GitHub Actions, whose checks have the numbers of their jobs. Any app may give an address; the number is GitHub's.
      const [, job] = /\/actions\/runs\/\d+\/job\/(\d+)$/.exec(details_url ?? "") ?? [];
      const said = conclusion ?? status;
      found.push({ name, own, state, said, ...(job === String(id) ? { job: id } : {}) });
      if (own || state === "pending") suites.delete(check_suite?.id ?? 0);
    }
    found.push(...suites.values());
    const statuses = this.#pages(
      `/commits/${sha}/status?per_page=${PER_PAGE}`,
      z.object({ total_count: z.int(), statuses: z.array(commitStatusSchema) }),
      "the statuses",
      (page) => page.statuses,
      "statuses: read",
    );
    for await (const { context, state } of statuses)
      found.push({ name: context, own: false, state: statusState(state), said: state });
    return found;
  }

  /**
   * What is under way although none of its checks says so, by its number: a job that `needs` another has no check before
   * that is over, and a workflow that cannot start has none at all. Apps that are only installed have empty suites that
   * stay queued; those say nothing.
   */
  async #suites(sha: string): Promise<Map<number, Check>> {
    const pages = this.#pages(
      `/commits/${sha}/check-suites?per_page=${PER_PAGE}`,
      z.object({ total_count: z.int(), check_suites: z.array(suiteSchema) }),
      "the checks",
      ({ check_suites }) => check_suites,
      "checks: read",
    );
    const found = new Map<number, Check>();
    for await (const { id, status, conclusion, app, latest_check_runs_count: count } of pages) {
      const over = status === "completed";
      const stillborn = over && count === 0 && /^(?:startup_)?failure$/.test(conclusion ?? "");
      const underWay = !over && (count > 0 || app?.slug === "github-actions");
      if (!stillborn && !underWay) continue;
      const said = conclusion ?? status ?? "unknown";
      found.set(id, {
        ...{ name: `check suite ${id} of ${app?.name ?? "an app"}`, own: false, said },
        state: stillborn ? "red" : "pending",
      });
    }
    return found;
  }

  /** A job by its number; `undefined` where there is none, or the token may not see it. */
  async job(number: number): Promise<JobSteps | undefined> {
    const answer = await this.#get(`/actions/jobs/${number}`);
    if (answer.status === 404 || answer.status === 403) return undefined;
    if (answer.status !== 200) throw refusalOf(`job ${number}`, "actions: read", answer);
    const { run_id: run, steps = [] } = parsedAnswer(answer, jobSchema);
    return { run, steps };
  }

  /**
   * The numbers of the runs that have begun to bring a commit to an environment, by the records, and have not failed to
   * bring it to another one: which of the two a job of such a run was about is not known.
   */
  async recordedRuns(environment: string, sha: string): Promise<ReadonlySet<string>> {
    const query = new URLSearchParams({ task: RECORD_TASK, sha, per_page: String(PER_PAGE) });
    const runs = new Set<string>();
    const elsewhere = new Set<string>();
    const pages = this.#pages(
      `/deployments?${query}`,
      z.array(deploymentSchema),
      "the deployments",
      (found) => found,
    );
    for await (const deployment of pages) {
      const record = deployment.task === RECORD_TASK ? recordIn(deployment.payload) : undefined;
      const here = deployment.environment.toLowerCase() === environment.toLowerCase();
      if (record?.sha !== sha) continue;
      const run = record.run.replace(/\/.*/, "");
      if (here) runs.add(run);
      else if (stateOf(await this.#states(deployment.id)) !== "succeeded") elsewhere.add(run);
    }
    return runs.difference(elsewhere);
  }

  /** What stands between a deploy and an environment. */
  async approval(environment: string): Promise<Approval> {
    const answer = await this.#get(`/environments/${encodeURIComponent(environment)}`);
    if (answer.status === 404) return { exists: false, reviewers: false, adminsBypass: false };
    if (answer.status !== 200) throw refusalOf(`environment ${environment}`, "actions: read", answer);
    const { protection_rules: rules = [], can_admins_bypass: adminsBypass = false } = parsedAnswer(
      answer,
      environmentSchema,
    );
    const reviewers = rules.some(
      (rule) => rule.type === "required_reviewers" && (rule.reviewers ?? []).length > 0,
    );
    return { exists: true, reviewers, adminsBypass };
  }

  async #states(id: number): Promise<string[]> {
    const states: string[] = [];
    const pages = this.#pages(
      `/deployments/${id}/statuses?per_page=${PER_PAGE}`,
      z.array(statusSchema),
      `the statuses of deployment ${id}`,
      (found) => found,
    );
    for await (const { state } of pages) states.push(state);
    return states;
  }

  async *#pages<Schema extends z.ZodType, Item>(
    first: string,
    schema: Schema,
    what: string,
    items: (page: z.output<Schema>) => readonly Item[],
    right = "deployments: read",
  ): AsyncGenerator<Item> {
    let path: string | undefined = `${this.#root}${first}`;
    for (let page = 1; path !== undefined; page++) {
      if (page > MOST_PAGES) {
        throw new UserError(`${what}: there are more than ${MOST_PAGES * PER_PAGE}.`, {
          hint: "Nothing is planned on a part of them. Name the version, or delete old ones.",
        });
      }
      const answer: GitHubAnswer = await this.#github.call({ method: "GET", path });
      if (answer.status !== 200) throw refusalOf(what, right, answer);
      const found = items(parsedAnswer(answer, schema));
      yield* found;
      const { link } = answer.headers;
      // A full page that has lost its Link header may be the end, or not.
      const next = `${this.#root}${first}&page=${page + 1}`;
      path =
        linkTo(typeof link === "string" ? link : undefined, "next") ??
        (found.length >= PER_PAGE ? next : undefined);
    }
  }

  #get(path: string): Promise<GitHubAnswer> {
    return this.#github.call({ method: "GET", path: `${this.#root}${path}` });
  }
}
