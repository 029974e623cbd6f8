import { randomBytes } from "node:crypto";
import { ApiDescription, type Call } from "../github-packages/openapi.ts";
import { type Answer, startHttpServer } from "../http-server.ts";

type Fields = Readonly<Record<string, unknown>>;
type Policy = { readonly id: number; readonly name: string };
type Environment = { body: Fields; policies: Policy[] };

export type FakeGitHub = {
  readonly apiUrl: string;
  readonly token: string;
  /** Protections as GitHub answers them. */
  readonly protections: Map<string, Fields>;
  /** Protects a branch with what was sent for it. */
  protect(branch: string, body: Fields): void;
  readonly environments: Map<string, Environment>;
  /** The names of the checks that have run for each commit; `main` is at the first. */
  readonly checks: Map<string, readonly string[]>;
  /** `PUT /…`, oldest first; only what changes something. */
  readonly changes: string[];
  readonly bodies: Fields[];
  /** What a private repository without GitHub Enterprise has: rules for environments are dropped without a word. */
  cheap: boolean;
  /** What callers did that GitHub does not describe. Expect it to be empty. */
  readonly misuses: string[];
  stop(): Promise<void>;
};

const description = new ApiDescription(new URL("fixtures/openapi.json", import.meta.url));
const sample = description.sample.bind(description);
const PEOPLE = new Map([["anna", 7]]);
const TEAMS = new Map([["acme/operators", 9]]);
const json = (value: unknown): Answer => ({ json: value });
const refused = (status: number, message: string): Answer => ({
  status,
  json: { message, documentation_url: "https://docs.github.com/rest", status: String(status) },
});

/**
 * What stands in for the settings of the repository acme/shop on GitHub. It keeps what it is sent in the form in which
 * GitHub gives it back, and is held to GitHub's own description both ways.
 */
export async function startFakeGitHub(): Promise<FakeGitHub> {
  const server = await startHttpServer();
  const github: FakeGitHub = {
    apiUrl: server.origin,
    token: `ghp_${randomBytes(18).toString("hex")}`,
    protections: new Map(),
    protect: (branch, body) => {
      github.protections.set(branch, protectionJson(body));
    },
    environments: new Map(),
    checks: new Map([["a".repeat(40), ["ci / ci-ok", "lint"]]]),
    changes: [],
    bodies: [],
    cheap: false,
    misuses: [],
    stop: () => server.stop(),
  };
  server.answer(({ method, url, headers, body }) => {
    if (headers.authorization !== `Bearer ${github.token}`) return refused(401, "Bad credentials");
    const asked = new URL(url, server.origin);
    const path = asked.pathname;
    const sent = body.length === 0 ? undefined : (JSON.parse(body.toString()) as Fields);
    const call = description.findCall(method, asked, sent);
    if (method !== "GET") {
      github.changes.push(`${method} ${decodeURIComponent(path)}`);
      github.bodies.push(sent ?? {});
    }
    const given = answer(github, method, path, sent ?? {});
    const problems = call === undefined ? ["no call that GitHub describes"] : problemsOf(call, given);
    github.misuses.push(...problems.map((problem) => `${method} ${url}: ${problem}`));
    return given;
  });
  return github;
}

// The description wants `contexts`, which it calls deprecated, beside the `checks` that replace them. GitHub wants one of
// the two (https://pkg.go.dev/github.com/google/go-github/v66/github#RequiredStatusChecks).
const NOT_SO = /^required_status_checks\.contexts: /;

function problemsOf(call: Call, { status = 200, json: body }: Answer): string[] {
  const wrong = description
    .answerProblems(call, status, body)
    .map((problem) => `the fake's answer: ${problem}`);
  return [...call.problems.filter((problem) => !NOT_SO.test(problem)), ...wrong];
}

function answer(github: FakeGitHub, method: string, path: string, body: Fields): Answer {
  const own = /^\/repos\/acme\/shop(?:\/(.*))?$/.exec(path);
  if (own === null) return somebody(path);
  const rest = own[1] ?? "";
  if (rest === "") return json(sample("full-repository", { name: "shop", full_name: "acme/shop" }));
  if (rest === "commits")
    return json([...github.checks.keys()].slice(0, 1).map((sha) => sample("commit", { sha })));
  if (rest === "pulls") return json([...github.checks.keys()].slice(1).map(pullAt));
  const [, sha = "", what] = /^commits\/(\w+)\/(check-runs|status)$/.exec(rest) ?? [];
  if (what === "check-runs") {
    const names = github.checks.get(sha) ?? [];
    const check_runs = names.map((name) =>
      sample("check-run", { name, check_suite: { id: 1 }, pull_requests: [] }),
    );
    return json({ total_count: names.length, check_runs });
  }
  if (what === "status") {
    const statuses = [sample("simple-commit-status", { context: "legacy" })];
    return json(sample("combined-commit-status", { statuses, total_count: 1 }));
  }
  const [, branch] = /^branches\/([^/]+)\/protection$/.exec(rest) ?? [];
  if (branch !== undefined) return protection(github, method, decodeURIComponent(branch), body);
  const [, name = "", policies, id] =
    /^environments\/([^/]+)(\/deployment-branch-policies)?(?:\/(\d+))?$/.exec(rest) ?? [];
  if (name !== "")
    return environment(
      github,
      method,
      { name: decodeURIComponent(name), policies: policies !== undefined, id: Number(id) },
      body,
    );
  return refused(404, "Not Found");
}

function pullAt(sha: string): unknown {
  const pull = sample("pull-request-simple", {});
  return { ...pull, head: { ...(pull["head"] as Fields), sha } };
}

function somebody(path: string): Answer {
  const [, login] = /^\/users\/([^/]+)$/.exec(path) ?? [];
  const [, organisation, team] = /^\/orgs\/([^/]+)\/teams\/([^/]+)$/.exec(path) ?? [];
  const id = login === undefined ? TEAMS.get(`${organisation}/${team}`) : PEOPLE.get(login);
  return id === undefined
    ? refused(404, "Not Found")
    : json(sample(team === undefined ? "public-user" : "team-full", { id }));
}

const REQUIRED = [
  "required_status_checks",
  "enforce_admins",
  "required_pull_request_reviews",
  "restrictions",
];

function protection(github: FakeGitHub, method: string, branch: string, body: Fields): Answer {
  if (method === "GET") {
    const found = github.protections.get(branch);
    return found === undefined ? refused(404, "Branch not protected") : json(found);
  }
  if (method !== "PUT" || REQUIRED.some((key) => !(key in body))) return refused(422, "Invalid request.");
  github.protect(branch, body);
  return json(github.protections.get(branch));
}

const LINK = "https://github.example/-";
const user = (login: string) => sample("simple-user", { login });
const team = (slug: string) => sample("team", { slug });
// The smallest is not to be had of a schema of which one of two is enough.
const app = (slug: string) => {
  const at = "2026-01-01T00:00:00Z";
  return {
    ...{ id: 1, node_id: "A", slug, name: slug, description: "", events: [], permissions: {} },
    ...{ external_url: LINK, html_url: LINK, created_at: at, updated_at: at, owner: user("acme") },
  };
};

type Actors = { readonly users: string[]; readonly teams: string[]; readonly apps?: string[] };

function protectionJson(body: Fields): Fields {
  const {
    required_status_checks: checks,
    required_pull_request_reviews: reviews,
    restrictions,
    ...flags
  } = body;
  const kept: Record<string, unknown> = { url: LINK };
  for (const [key, value] of Object.entries(flags))
    kept[key] = { enabled: value === true, ...(key === "enforce_admins" ? { url: LINK } : {}) };
  if (checks !== null) {
    const asked = (checks as { checks: { context: string; app_id?: number }[] }).checks;
    kept["required_status_checks"] = {
      ...(checks as Fields),
      ...{ url: LINK, contexts_url: LINK },
      contexts: asked.map(({ context }) => context),
      checks: asked.map(({ context, app_id = null }) => ({ context, app_id })),
    };
  }
  if (reviews !== null) {
    const { bypass_pull_request_allowances: bypass, ...more } = reviews as Fields;
    const { users, teams, apps = [] } = (bypass ?? { users: [], teams: [] }) as Actors;
    const allowed = { users: users.map(user), teams: teams.map(team), apps: apps.map(app) };
    kept["required_pull_request_reviews"] = {
      ...{ url: LINK, dismiss_stale_reviews: false, require_code_owner_reviews: false, ...more },
      ...(bypass === undefined ? {} : { bypass_pull_request_allowances: allowed }),
    };
  }
  if (restrictions !== null) {
    const { users, teams, apps = [] } = restrictions as Actors;
    kept["restrictions"] = {
      ...{ url: LINK, users_url: LINK, teams_url: LINK, apps_url: LINK },
      ...{ users: users.map(user), teams: teams.map(team), apps: apps.map(app) },
    };
  }
  return kept;
}

type Place = { readonly name: string; readonly policies: boolean; readonly id: number };

function environment(
  github: FakeGitHub,
  method: string,
  { name, policies, id }: Place,
  body: Fields,
): Answer {
  const found = github.environments.get(name);
  if (policies) {
    if (found === undefined) return refused(404, "Not Found");
    if (method === "GET")
      return json({ total_count: found.policies.length, branch_policies: found.policies });
    if (method === "DELETE") found.policies = found.policies.filter((policy) => policy.id !== id);
    if (method === "DELETE") return { status: 204 };
    const made = { id: 100 + found.policies.length, name: String(body["name"]) };
    found.policies.push(made);
    return json(made);
  }
  if (method === "PUT") github.environments.set(name, { body, policies: found?.policies ?? [] });
  const now = github.environments.get(name);
  return now === undefined ? refused(404, "Not Found") : json(environmentJson(name, now.body, github.cheap));
}

function environmentJson(name: string, body: Fields, cheap: boolean): unknown {
  const {
    wait_timer: wait,
    reviewers,
    prevent_self_review,
    deployment_branch_policy: policy,
  } = body as {
    wait_timer: number;
    reviewers: { type: string; id: number }[] | null;
    prevent_self_review: boolean;
    deployment_branch_policy: unknown;
  };
  const who = ({ type, id }: { type: string; id: number }) => {
    const [found = ""] = [...(type === "User" ? PEOPLE : TEAMS)].find(([, number]) => number === id) ?? [];
    const reviewer = type === "User" ? user(found) : team(found.split("/")[1] ?? "");
    return { type, reviewer: { ...reviewer, id } };
  };
  const rules = [
    ...(wait > 0 ? [{ id: 1, node_id: "R1", type: "wait_timer", wait_timer: wait }] : []),
    ...(reviewers === null
      ? []
      : [
          {
            ...{ id: 2, node_id: "R2", type: "required_reviewers" },
            ...{ prevent_self_review, reviewers: reviewers.map(who) },
          },
        ]),
  ];
  return sample("environment", {
    ...{ name, protection_rules: cheap ? [] : rules, deployment_branch_policy: policy },
  });
}
