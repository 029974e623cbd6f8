import * as z from "zod";
import { type GitHubAnswer, type GitHubClient, GitHubError } from "../../../shared/github/client.ts";
import { parsedAnswer } from "../../../shared/github/parsed-answer.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { type Environment, environmentSchema, type Reviewer } from "./environment.ts";
import { type Protection, protectionSchema } from "./protection.ts";

const idSchema = z.object({ id: z.int() });
const policiesSchema = z.object({
  branch_policies: z.array(z.object({ id: z.int(), name: z.string() })),
});
const runsSchema = z.object({ check_runs: z.array(z.object({ name: z.string() })) });
const statusesSchema = z.object({ statuses: z.array(z.object({ context: z.string() })) });
const commitsSchema = z.array(z.object({ sha: z.string() }));
const pullsSchema = z.array(z.object({ head: z.object({ sha: z.string() }) }));

// Where a check that really runs will have run: the newest commits, and the pull requests touched last.
const COMMITS = 3;
const PULLS = 10;

/** The settings of one repository, by GitHub's REST API. Throws UserErrors. */
export class Administration {
  readonly #client: GitHubClient;
  readonly #root: string;
  readonly #signal: AbortSignal;

  /** `repository` as `owner/name`. */
  constructor(client: GitHubClient, repository: string, signal: AbortSignal) {
    this.#client = client;
    this.#root = `repos/${repository}`;
    this.#signal = signal;
  }

  async protection(branch: string): Promise<Protection | undefined> {
    const answer = await this.#send("GET", `/branches/${encodeURIComponent(branch)}/protection`);
    // GitHub says 404 for a branch without protection, for one that is not there, and to who may not know.
    if (answer.status === 404 && /^Branch not protected/i.test(answer.message)) return undefined;
    return parsedAnswer(this.#well(answer, `the protection of ${branch}`), protectionSchema);
  }

  async protect(branch: string, body: unknown): Promise<void> {
    const answer = await this.#send("PUT", `/branches/${encodeURIComponent(branch)}/protection`, body);
    this.#well(answer, `the protection of ${branch}`);
  }

  async environment(name: string): Promise<Environment | undefined> {
    const place = `/environments/${encodeURIComponent(name)}`;
    const answer = await this.#send("GET", place);
    if (answer.status === 404) {
      // The same answer goes to a token that may not see it: only one that sees the repository means what it says.
      this.#well(await this.#send("GET", ""), "the repository");
      return undefined;
    }
    const found = parsedAnswer(this.#well(answer, `the environment ${name}`), environmentSchema);
    if (found.deployment_branch_policy?.custom_branch_policies !== true) return { ...found, policies: [] };
    const listed = await this.#send("GET", `${place}/deployment-branch-policies?per_page=100`);
    const { branch_policies: policies } = parsedAnswer(
      this.#well(listed, `the branches of ${name}`),
      policiesSchema,
    );
    return { ...found, policies };
  }

  /** Makes an environment as it should be; of its own branches those that are missing are added first. */
  async arrange(name: string, body: unknown, branches: readonly string[] | undefined): Promise<void> {
    const place = `/environments/${encodeURIComponent(name)}`;
    this.#well(await this.#send("PUT", place, body), `the environment ${name}`);
    if (branches === undefined) return;
    const before = (await this.environment(name))?.policies ?? [];
    const policies = `${place}/deployment-branch-policies`;
    for (const branch of branches.filter((one) => !before.some((policy) => policy.name === one)))
      this.#well(await this.#send("POST", policies, { name: branch }), `the branch ${branch} of ${name}`);
    for (const { id, name: branch } of before.filter((policy) => !branches.includes(policy.name)))
      this.#well(await this.#send("DELETE", `${policies}/${id}`), `the branch ${branch} of ${name}`);
  }

  /** Who `@login` or `@organisation/team` is. */
  async reviewer(name: string): Promise<Reviewer> {
    const [first = "", team] = name.slice(1).split("/");
    const answer = await this.#send(
      "GET",
      team === undefined ? `../../users/${first}` : `../../orgs/${first}/teams/${team}`,
    );
    if (answer.status === 404)
      throw new UserError(`${name} is nobody that GitHub knows.`, {
        hint:
          team === undefined
            ? "Correct the login."
            : "Correct it, and let the token read the members of the organisation.",
      });
    const { id } = parsedAnswer(this.#well(answer, name), idSchema);
    return { name, type: team === undefined ? "User" : "Team", id };
  }

  /** The names of the checks that have lately run for a branch or for pull requests into it. */
  async checksSeen(branch: string): Promise<Set<string>> {
    const query = new URLSearchParams({ sha: branch, per_page: String(COMMITS) });
    const into = new URLSearchParams({
      state: "all",
      base: branch,
      sort: "updated",
      direction: "desc",
      per_page: String(PULLS),
    });
    const commits = parsedAnswer(
      this.#well(await this.#send("GET", `/commits?${query}`), `the commits of ${branch}`),
      commitsSchema,
    );
    const pulls = parsedAnswer(
      this.#well(await this.#send("GET", `/pulls?${into}`), `the pull requests into ${branch}`),
      pullsSchema,
    );
    const names = new Set<string>();
    for (const sha of new Set([...commits.map((one) => one.sha), ...pulls.map(({ head }) => head.sha)])) {
      const runs = await this.#send("GET", `/commits/${sha}/check-runs?per_page=100`);
      for (const { name } of parsedAnswer(this.#well(runs, "the checks"), runsSchema).check_runs)
        names.add(name);
      const statuses = await this.#send("GET", `/commits/${sha}/status?per_page=100`);
      for (const { context } of parsedAnswer(this.#well(statuses, "the statuses"), statusesSchema).statuses)
        names.add(context);
    }
    return names;
  }

  async #send(method: string, path: string, json?: unknown): Promise<GitHubAnswer> {
    const place = path.startsWith("../../") ? path.slice("../../".length) : `${this.#root}${path}`;
    return this.#client
      .send({ method, path: place, signal: this.#signal, ...(json === undefined ? {} : { json }) })
      .catch((error: unknown) => {
        if (!(error instanceof GitHubError)) throw error;
        throw new UserError(`GitHub could not be asked: ${error.message}.`, {
          hint: "Run it again; apply repeats nothing that holds already.",
          cause: error,
        });
      });
  }

  #well(answer: GitHubAnswer, what: string): GitHubAnswer {
    if (answer.status >= 200 && answer.status < 300) return answer;
    const said = answer.message === "" ? `HTTP ${answer.status}` : `HTTP ${answer.status}, ${answer.message}`;
    throw new UserError(`${what}: GitHub refuses (${said}).`, { hint: hintOf(answer.status) });
  }
}

function hintOf(status: number): string {
  if (status === 401) return "The token has expired, was revoked, or is cut off: set it again.";
  if (status === 403 || status === 404)
    return "GitHub says so of what is not there, and to who may not administer it: check the name, and give the token Administration, Contents, Checks, Commit statuses and Pull requests of this repository.";
  if (status === 422)
    return "Private repositories have required reviewers and waiting times on GitHub Enterprise only.";
  return "See https://www.githubstatus.com, and run it again.";
}
