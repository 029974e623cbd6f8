import { randomBytes } from "node:crypto";
import { type Answer, startHttpServer } from "../support/http-server.ts";

type Fields = Readonly<Record<string, unknown>>;
type Policy = { readonly id: number; readonly name: string };
type Environment = { body: Fields; policies: Policy[] };

export type FakeGitHub = {
  readonly apiUrl: string;
  readonly token: string;
  /** Protections as GitHub answers them. */
  readonly protections: Map<string, Fields>;
  readonly environments: Map<string, Environment>;
  /** The names of the checks that have run for each commit; `main` is at the first. */
  readonly checks: Map<string, readonly string[]>;
  /** `PUT /…`, oldest first; only what changes something. */
  readonly changes: string[];
  readonly bodies: Fields[];
  /** What a private repository without GitHub Enterprise has: rules for environments are dropped without a word. */
  cheap: boolean;
  stop(): Promise<void>;
};

const PEOPLE = new Map([["anna", 7]]);
const TEAMS = new Map([["acme/operators", 9]]);
const json = (value: unknown): Answer => ({ json: value });
const refused = (status: number, message: string): Answer => ({ status, json: { message } });

/**
 * What stands in for the settings of the repository acme/shop on GitHub. It keeps what it is sent in the form in which
 * GitHub gives it back, and takes no body that lacks what GitHub requires.
 */
export async function startFakeGitHub(): Promise<FakeGitHub> {
  const server = await startHttpServer();
  const github: FakeGitHub = {
    apiUrl: server.origin,
    token: `ghp_${randomBytes(18).toString("hex")}`,
    protections: new Map(),
    environments: new Map(),
    checks: new Map([["a".repeat(40), ["ci / ci-ok", "lint"]]]),
    changes: [],
    bodies: [],
    cheap: false,
    stop: () => server.stop(),
  };
  server.answer(({ method, url, headers, body }) => {
    if (headers.authorization !== `Bearer ${github.token}`) return refused(401, "Bad credentials");
    const path = new URL(url, server.origin).pathname;
    const sent = body.length === 0 ? {} : (JSON.parse(body.toString()) as Fields);
    if (method !== "GET") {
      github.changes.push(`${method} ${decodeURIComponent(path)}`);
      github.bodies.push(sent);
    }
    return answer(github, method, path, sent);
  });
  return github;
}

function answer(github: FakeGitHub, method: string, path: string, body: Fields): Answer {
  const own = /^\/repos\/acme\/shop(?:\/(.*))?$/.exec(path);
  if (own === null) return somebody(path);
  const rest = own[1] ?? "";
  if (rest === "") return json({ full_name: "acme/shop" });
  if (rest === "commits") return json([...github.checks.keys()].slice(0, 1).map((sha) => ({ sha })));
  if (rest === "pulls") return json([...github.checks.keys()].slice(1).map((sha) => ({ head: { sha } })));
  const [, sha = "", what] = /^commits\/(\w+)\/(check-runs|status)$/.exec(rest) ?? [];
  if (what === "check-runs")
    return json({ check_runs: (github.checks.get(sha) ?? []).map((name) => ({ name })) });
  if (what === "status") return json({ statuses: [{ context: "legacy" }] });
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

function somebody(path: string): Answer {
  const [, login] = /^\/users\/([^/]+)$/.exec(path) ?? [];
  const [, organisation, team] = /^\/orgs\/([^/]+)\/teams\/([^/]+)$/.exec(path) ?? [];
  const id = login === undefined ? TEAMS.get(`${organisation}/${team}`) : PEOPLE.get(login);
  return id === undefined ? refused(404, "Not Found") : json({ id });
}

const REQUIRED = [
  "required_status_checks",
  "enforce_admins",
  "required_pull_request_reviews",
  "restrictions",
];

function protection({ protections }: FakeGitHub, method: string, branch: string, body: Fields): Answer {
  if (method === "GET") {
    const found = protections.get(branch);
    return found === undefined ? refused(404, "Branch not protected") : json(found);
  }
  if (method !== "PUT" || REQUIRED.some((key) => !(key in body))) return refused(422, "Invalid request.");
  const people = (value: unknown) => {
    const { users, teams, apps } = value as { users: string[]; teams: string[]; apps: string[] };
    return {
      users: users.map((login) => ({ login })),
      teams: teams.map((slug) => ({ slug })),
      apps: apps.map((slug) => ({ slug })),
    };
  };
  const {
    required_status_checks: checks,
    required_pull_request_reviews: reviews,
    restrictions,
    ...flags
  } = body;
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(flags)) kept[key] = { enabled: value === true };
  if (checks !== null) {
    const asked = (checks as { checks: { context: string; app_id?: number }[] }).checks;
    kept["required_status_checks"] = {
      ...(checks as Fields),
      contexts: asked.map(({ context }) => context),
      checks: asked.map(({ context, app_id = null }) => ({ context, app_id })),
    };
  }
  if (reviews !== null) {
    const { bypass_pull_request_allowances: bypass, ...more } = reviews as Fields;
    kept["required_pull_request_reviews"] = {
      ...more,
      ...(bypass === undefined ? {} : { bypass_pull_request_allowances: people(bypass) }),
    };
  }
  if (restrictions !== null) kept["restrictions"] = people(restrictions);
  protections.set(branch, kept);
  return json(kept);
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
    if (method === "GET") return json({ branch_policies: found.policies });
    if (method === "DELETE") found.policies = found.policies.filter((policy) => policy.id !== id);
    else found.policies.push({ id: 100 + found.policies.length, name: String(body["name"]) });
    return method === "DELETE" ? { status: 204 } : json({});
  }
  if (method === "PUT") github.environments.set(name, { body, policies: found?.policies ?? [] });
  const now = github.environments.get(name);
  return now === undefined ? refused(404, "Not Found") : json(environmentJson(now.body, github.cheap));
}

function environmentJson(body: Fields, cheap: boolean): unknown {
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
    const [name = ""] = [...(type === "User" ? PEOPLE : TEAMS)].find(([, number]) => number === id) ?? [];
    return { type, reviewer: type === "User" ? { id, login: name } : { id, slug: name.split("/")[1] } };
  };
  const rules = [
    ...(wait > 0 ? [{ type: "wait_timer", wait_timer: wait }] : []),
    ...(reviewers === null
      ? []
      : [{ type: "required_reviewers", prevent_self_review, reviewers: reviewers.map(who) }]),
  ];
  return { protection_rules: cheap ? [] : rules, deployment_branch_policy: policy };
}
