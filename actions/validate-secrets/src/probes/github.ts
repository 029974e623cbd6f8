import { endVerdict } from "../rules.ts";
import { type Answer, ask, below, headerOf, isObject, jsonOf, textOf, unexpected } from "./ask.ts";
import {
  type Filled,
  type Finding,
  NoVerdict,
  type ProbeAnswer,
  type ProbeContext,
  refused,
} from "./probe.ts";

/** Reads the rate limit, which costs nothing and works for every kind of token, and what its headers say of the token. */
export async function probeGithub(config: Filled<"github">, context: ProbeContext): Promise<ProbeAnswer> {
  const base = config["api-url"] ?? (context.env["GITHUB_API_URL"] || "https://api.github.com");
  const headers = {
    authorization: `Bearer ${config.token}`,
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
  };
  const answer = await ask({ method: "GET", url: below(base, "/rate_limit"), headers }, context);
  const json = jsonOf(answer);
  if (answer.status === 401 && /bad credentials|requires authentication/i.test(textOf(json, "message"))) {
    const mend = "Make a new one under Settings, Developer settings.";
    return refused(
      "invalid",
      ["token"],
      "GitHub does not take the token (it was revoked, or has expired)",
      mend,
    );
  }
  if (answer.status !== 200 || !isObject(json["resources"])) throw unexpected(answer.status);

  const findings: Finding[] = [];
  const expiry = expiryOf(answer);
  if (expiry !== undefined) {
    const end = endVerdict(expiry, context.clock.now(), context.warnDays);
    if (end !== undefined)
      findings.push({ ...end, about: ["token"], why: `the token ${end.why}`, mend: "Make a new one." });
  }
  const scopes = scopesOf(answer);
  findings.push(...scopeFindings(config.scopes ?? [], scopes));
  if (config.repository !== undefined)
    findings.push(
      ...(await repositoryFindings(below(base, `/repos/${config.repository}`), headers, context)),
    );
  return {
    findings,
    seen: findings[0]?.why ?? "GitHub takes the token",
    details: {
      ...(scopes === undefined ? {} : { scopes }),
      ...(expiry === undefined ? {} : { expires: new Date(expiry).toISOString() }),
    },
  };
}

/** `2026-12-01 00:00:00 UTC`, or with an offset such as -0700. */
function expiryOf(answer: Answer): number | undefined {
  const text = headerOf(answer, "github-authentication-token-expiration").trim();
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d) ?(UTC|Z|[+-]\d\d:?\d\d)?$/.exec(text);
  if (parts === null) return undefined;
  const [, day, time, zone = "UTC"] = parts;
  const offset = zone === "UTC" || zone === "Z" ? "Z" : zone.replace(/^([+-]\d\d):?(\d\d)$/, "$1:$2");
  const at = Date.parse(`${day}T${time}${offset}`);
  return Number.isNaN(at) ? undefined : at;
}

/** Undefined when GitHub does not tell: fine-grained tokens and those of Apps have no scopes. */
function scopesOf(answer: Answer): readonly string[] | undefined {
  if (answer.headers["x-oauth-scopes"] === undefined) return undefined;
  return headerOf(answer, "x-oauth-scopes")
    .split(",")
    .map((scope) => scope.trim())
    .filter((scope) => /^[\w:]{1,40}$/.test(scope));
}

// docs.github.com, "Scopes for OAuth apps": a scope includes those below it.
const INCLUDES: Readonly<Record<string, readonly string[]>> = {
  repo: ["repo:status", "repo_deployment", "public_repo", "repo:invite", "security_events"],
  "write:packages": ["read:packages"],
  "admin:org": ["write:org", "read:org"],
  "write:org": ["read:org"],
  "admin:public_key": ["write:public_key", "read:public_key"],
  "admin:repo_hook": ["write:repo_hook", "read:repo_hook"],
  user: ["read:user", "user:email", "user:follow"],
  project: ["read:project"],
};

function scopeFindings(wanted: readonly string[], scopes: readonly string[] | undefined): Finding[] {
  if (wanted.length === 0) return [];
  const about = ["token"];
  if (scopes === undefined) {
    const why = "GitHub takes the token, but does not tell its scopes";
    const mend = "Fine-grained tokens have permissions instead: leave scopes out, and give repository.";
    return [{ verdict: "unknown", about, why, mend }];
  }
  const has = new Set(scopes.flatMap((scope) => [scope, ...(INCLUDES[scope] ?? [])]));
  const lacking = wanted.filter((scope) => !has.has(scope));
  if (lacking.length === 0) return [];
  const mend = "Add the scopes to the token, under Settings, Developer settings.";
  return [{ verdict: "insufficient", about, why: `the token lacks ${lacking.join(", ")}`, mend }];
}

async function repositoryFindings(
  url: URL,
  headers: Readonly<Record<string, string>>,
  context: ProbeContext,
): Promise<Finding[]> {
  const answer = await ask({ method: "GET", url, headers }, context);
  const json = jsonOf(answer);
  if (answer.status === 200 && textOf(json, "full_name") !== "") return [];
  // GitHub hides what a token may not see; 403 may also be a rate limit.
  if (answer.status !== 404)
    throw new NoVerdict(
      `GitHub did not show the repository (HTTP ${answer.status})`,
      "Run the step again later.",
    );
  const mend = "Give the token access to it (for an organisation, after its approval), or mend the name.";
  return [{ verdict: "insufficient", about: ["token"], why: "the token cannot see the repository", mend }];
}
