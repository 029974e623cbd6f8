import { randomBytes } from "node:crypto";
import { ApiDescription } from "../github-packages/openapi.ts";
import { type Answer, type HttpServer, type Received, startHttpServer } from "../http-server.ts";

export type Updates = {
  readonly origin: string;
  readonly token: string;
  /** What protection requires of `main`, and the rules of rulesets for it. */
  contexts: string[];
  rules: unknown[];
  /** Whether .github/dependabot.yml is there, which holds npm's versions back for seven days. */
  config: boolean;
  /** Commits in the pull request after Dependabot's own: by nobody that GitHub knows, and not signed. */
  added: string[];
  /** What GraphQL answers instead of letting it merge itself. */
  errors: unknown;
  /** What GraphQL was asked to do. */
  merges(): unknown[];
  /** What callers did that GitHub does not describe. Expect it to be empty. */
  readonly misuses: string[];
  stop(): Promise<void>;
};

const description = new ApiDescription(new URL("fixtures/openapi.json", import.meta.url));
const CONFIG = "version: 2\nupdates:\n  - package-ecosystem: npm\n    cooldown: { default-days: 7 }\n";
const refused = (status: number, message: string): Answer => ({
  status,
  json: { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
});

/** What stands in for GitHub where updates of acme/shop merge themselves: REST, held to its description, and the one mutation. */
export async function startUpdates(): Promise<Updates> {
  const server: HttpServer = await startHttpServer();
  const updates: Updates = {
    origin: server.origin,
    token: `ghs_${randomBytes(18).toString("hex")}`,
    contexts: ["ci / ci-ok"],
    rules: [],
    config: true,
    added: [],
    errors: undefined,
    merges: () =>
      server.requests
        .filter(({ method }) => method === "POST")
        .map(({ body }) => JSON.parse(body.toString())),
    misuses: [],
    stop: () => server.stop(),
  };
  server.answer((request) => {
    if (request.headers.authorization !== `Bearer ${updates.token}`) return refused(401, "Bad credentials");
    if (request.method === "POST" && request.url === "/graphql")
      return merging(updates, request.body.toString());
    return described(updates, request);
  });
  return updates;
}

function merging({ errors }: Updates, body: string): Answer {
  const { query } = JSON.parse(body) as { readonly query: string };
  const mutation = /\b(\w+PullRequest\w*)\(/.exec(query)?.[1] ?? "";
  if (mutation === "mergePullRequest")
    return { json: { data: { mergePullRequest: { pullRequest: { merged: true } } } } };
  if (mutation === "disablePullRequestAutoMerge")
    return { json: { data: { disablePullRequestAutoMerge: { pullRequest: { autoMergeRequest: null } } } } };
  if (errors !== undefined) return { json: { data: null, errors } };
  const pullRequest = { autoMergeRequest: { enabledAt: "2026-01-01T00:00:00Z" } };
  return { json: { data: { enablePullRequestAutoMerge: { pullRequest } } } };
}

function described(updates: Updates, { method, url }: Received): Answer {
  // A path in a path, which the description does not tell from several.
  const place = new URL(url, updates.origin);
  place.pathname = place.pathname.replace(/(?<=\/contents\/)(.*)/, (file) => file.replaceAll("/", "%2F"));
  const call = description.findCall(method, place);
  if (call === undefined) {
    updates.misuses.push(`${method} ${url}: no call that GitHub describes`);
    return refused(404, "Not Found");
  }
  const given = perform(updates, call.id, call.parameters);
  const wrong = description.answerProblems(call, given.status ?? 200, given.json);
  updates.misuses.push(...call.problems, ...wrong.map((problem) => `the answer to ${url}: ${problem}`));
  return given;
}

function perform(updates: Updates, id: string, parameters: Readonly<Record<string, string>>): Answer {
  const { owner, repo, branch = "main", path: file } = parameters;
  if (`${owner}/${repo}` !== "acme/shop" || branch !== "main") return refused(404, "Not Found");
  if (id === "repos/get-branch") {
    const checks = updates.contexts.map((context) => ({ context, app_id: null }));
    const protection = {
      enabled: true,
      required_status_checks: { enforcement_level: "non_admins", contexts: updates.contexts, checks },
    };
    const commit = description.sample("commit", {});
    return { json: description.sample("branch-with-protection", { name: branch, commit, protection }) };
  }
  if (id === "pulls/list-commits") return { json: [ownCommit(), ...updates.added.map(unknownCommit)] };
  if (id === "repos/get-branch-rules") return { json: updates.rules };
  if (id === "repos/get-content" && updates.config && file === ".github/dependabot.yml") {
    const content = Buffer.from(CONFIG).toString("base64").replace(/.{20}/g, "$&\n");
    const own = { type: "file", encoding: "base64", content, name: "dependabot.yml", path: file };
    return { json: description.sample("content-file", own) };
  }
  return refused(404, "Not Found");
}

/** Dependabot's commit, committed by GitHub and signed. */
function ownCommit(): unknown {
  const account = (login: string, id: number): unknown => description.sample("simple-user", { login, id });
  return commit("a".repeat(40), {
    signed: true,
    author: account("dependabot[bot]", 49_699_333),
    committer: account("web-flow", 19_864_447),
  });
}

function unknownCommit(sha: string): unknown {
  return commit(sha, { signed: false, author: null, committer: null });
}

function commit(
  sha: string,
  by: { readonly signed: boolean; readonly author: unknown; readonly committer: unknown },
): unknown {
  const { signed, ...people } = by;
  const reason = signed ? "valid" : "unsigned";
  const verification = { verified: signed, reason, payload: null, signature: null, verified_at: null };
  const sample = description.sample("commit", {}) as { readonly commit: object };
  return { ...sample, ...people, sha, commit: { ...sample.commit, verification } };
}
