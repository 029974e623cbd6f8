import * as z from "zod";
import { type GitHubAnswer, type GitHubClient, GitHubError } from "../../../shared/github/client.ts";
import { parsedAnswer } from "../../../shared/github/parsed-answer.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

/** A commit: the accounts of who wrote and who made it, and whether GitHub vouches for that. */
export type Commit = {
  readonly sha: string;
  readonly author: number | undefined;
  readonly committer: number | undefined;
  readonly signed: boolean;
};

const branchSchema = z.object({
  protection: z
    .object({ required_status_checks: z.object({ contexts: z.array(z.string()) }).nullish() })
    .nullish(),
});
const rulesSchema = z.array(
  z.object({
    type: z.string(),
    parameters: z
      .object({ required_status_checks: z.array(z.object({ context: z.string() })).optional() })
      .nullish(),
  }),
);
const commitsSchema = z.array(
  z.object({
    sha: z.string(),
    author: z.object({ id: z.int().optional() }).nullish(),
    committer: z.object({ id: z.int().optional() }).nullish(),
    commit: z.object({ verification: z.object({ verified: z.boolean() }).nullish() }),
  }),
);
const contentSchema = z.object({ content: z.string(), encoding: z.literal("base64") });
const mutationSchema = z.object({
  data: z.unknown(),
  errors: z.array(z.object({ message: z.string() })).optional(),
});

type Mutation = { readonly query: string; readonly done: z.ZodType };

const ENABLE: Mutation = {
  query: `mutation($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { autoMergeRequest { enabledAt } } }
}`,
  done: z.object({
    enablePullRequestAutoMerge: z.object({
      pullRequest: z.object({ autoMergeRequest: z.object({ enabledAt: z.string() }) }),
    }),
  }),
};
const MERGE: Mutation = {
  query: `mutation($input: MergePullRequestInput!) {
  mergePullRequest(input: $input) { pullRequest { merged } }
}`,
  done: z.object({
    mergePullRequest: z.object({ pullRequest: z.object({ merged: z.literal(true) }) }),
  }),
};
const DISABLE: Mutation = {
  query: `mutation($input: DisablePullRequestAutoMergeInput!) {
  disablePullRequestAutoMerge(input: $input) { pullRequest { autoMergeRequest { enabledAt } } }
}`,
  done: z.object({
    disablePullRequestAutoMerge: z.object({ pullRequest: z.object({ autoMergeRequest: z.null() }) }),
  }),
};

type Clients = { readonly rest: GitHubClient; readonly graphql: GitHubClient };

/** What is asked of GitHub for one repository. Throws UserErrors. */
export class Repository {
  readonly #clients: Clients;
  readonly #root: string;
  readonly #signal: AbortSignal;

  /** `name` as `owner/name`. */
  constructor(clients: Clients, name: string, signal: AbortSignal) {
    this.#clients = clients;
    this.#root = `repos/${name}`;
    this.#signal = signal;
  }

  /** The checks that a branch requires, by its protection and by rulesets. */
  async requiredChecks(branch: string): Promise<string[]> {
    const name = encodeURIComponent(branch);
    const protection = parsedAnswer(
      well(await this.#get(`/branches/${name}`), `the branch ${branch}`),
      branchSchema,
    );
    const rules = await this.#get(`/rules/branches/${name}?per_page=100`);
    // GitHub Enterprise Server knew no rulesets before 3.11.
    const required =
      rules.status === 404 ? [] : parsedAnswer(well(rules, `the rules of ${branch}`), rulesSchema);
    return [
      ...new Set([
        ...(protection.protection?.required_status_checks?.contexts ?? []),
        ...required.flatMap(({ type, parameters }) =>
          type === "required_status_checks"
            ? (parameters?.required_status_checks ?? []).map(({ context }) => context)
            : [],
        ),
      ]),
    ];
  }

  /** What a pull request is made of, the oldest commit first; at most 100. */
  async commits(pull: number): Promise<Commit[]> {
    const answer = await this.#get(`/pulls/${pull}/commits?per_page=100`);
    const commits = parsedAnswer(well(answer, "the commits of the pull request"), commitsSchema);
    return commits.map(({ sha, author, committer, commit }) => ({
      sha,
      author: author?.id,
      committer: committer?.id,
      signed: commit.verification?.verified === true,
    }));
  }

  /** The configuration of Dependabot on a branch; undefined where there is none. */
  async dependabotConfig(branch: string): Promise<string | undefined> {
    for (const file of ["dependabot.yml", "dependabot.yaml"]) {
      const answer = await this.#get(`/contents/.github/${file}?ref=${encodeURIComponent(branch)}`);
      if (answer.status === 404) continue;
      const { content } = parsedAnswer(well(answer, `.github/${file}`), contentSchema);
      return Buffer.from(content, "base64").toString();
    }
    return undefined;
  }

  /** Lets GitHub merge a pull request, at this commit and no other, once all that is required is there. */
  async mergeWhenGreen(pull: { readonly id: string; readonly head: string }, method: string): Promise<void> {
    const input = { pullRequestId: pull.id, expectedHeadOid: pull.head, mergeMethod: method.toUpperCase() };
    const refused = await this.#mutate(ENABLE, input);
    if (refused === undefined) return;
    // GitHub refuses to wait where all that it would wait for is there already.
    const said = /\bclean status\b/i.test(refused) ? await this.#mutate(MERGE, input) : refused;
    if (said === undefined) return;
    throw new UserError(`GitHub does not let it merge itself: ${said}`, {
      hint: "Turn on 'Allow auto-merge' in the settings of the repository, and give the job `contents: write` and `pull-requests: write`.",
    });
  }

  /** Takes back what {@link mergeWhenGreen} has let GitHub do. */
  async waitForPeople(pull: { readonly id: string }): Promise<void> {
    const said = await this.#mutate(DISABLE, { pullRequestId: pull.id });
    if (said === undefined) return;
    throw new UserError(`It still merges itself, and is to wait for people: ${said}`, {
      hint: "Press 'Disable auto-merge' in the pull request.",
    });
  }

  /** What GitHub has against it; undefined where it is done. */
  async #mutate({ query, done }: Mutation, input: object): Promise<string | undefined> {
    const answer = await this.#send(this.#clients.graphql, "POST", "graphql", {
      query,
      variables: { input },
    });
    const { data, errors } = parsedAnswer(well(answer, "automatic merging"), mutationSchema);
    if (errors === undefined && done.safeParse(data).success) return undefined;
    return errors?.map(({ message }) => message).join(" ") ?? "no reason given";
  }

  #get(path: string): Promise<GitHubAnswer> {
    return this.#send(this.#clients.rest, "GET", `${this.#root}${path}`);
  }

  async #send(client: GitHubClient, method: string, path: string, json?: unknown): Promise<GitHubAnswer> {
    return client
      .send({ method, path, signal: this.#signal, ...(json === undefined ? {} : { json }) })
      .catch((error: unknown) => {
        if (!(error instanceof GitHubError)) throw error;
        throw new UserError(`GitHub could not be asked: ${error.message}.`, {
          hint: "Run it again.",
          cause: error,
        });
      });
  }
}

function well(answer: GitHubAnswer, what: string): GitHubAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  const said = answer.message === "" ? `HTTP ${answer.status}` : `HTTP ${answer.status}, ${answer.message}`;
  throw new UserError(`${what}: GitHub does not say (${said}).`, {
    hint: "Give the job the permissions of the README; nothing is merged on what cannot be read.",
  });
}
