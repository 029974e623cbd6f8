import { remoteLine } from "../../../../shared/runtime/remote-text.ts";
import { ask, below, headerOf, jsonOf, textOf, unexpected } from "./ask.ts";
import { type Filled, type Finding, NoVerdict, type ProbeAnswer, type ProbeContext } from "./probe.ts";

/** Asks whose token it is, and lets the webhook refuse what it cannot deliver. */
export async function probeSlack(config: Filled<"slack">, context: ProbeContext): Promise<ProbeAnswer> {
  const parts: ProbeAnswer[] = [];
  if (config.token !== undefined) parts.push(await probeToken(config.token, config, context));
  if (config.webhook !== undefined) parts.push(await probeWebhook(config.webhook, config, context));
  return {
    findings: parts.flatMap(({ findings }) => findings),
    seen: parts.map(({ seen }) => seen).join("; "),
    details: Object.assign({}, ...parts.map(({ details }) => details)),
  };
}

// The errors of auth.test that speak against a token. HTTP is 200 either way.
const DEAD = new Set(["invalid_auth", "not_authed", "account_inactive", "token_revoked"]);
const LIMITED = new Set([
  "missing_scope",
  "no_permission",
  "org_login_required",
  "ekm_access_denied",
  "access_denied",
]);

async function probeToken(
  token: string,
  config: Filled<"slack">,
  context: ProbeContext,
): Promise<ProbeAnswer> {
  const url = below(config["api-url"] ?? "https://slack.com/api", "/auth.test");
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-www-form-urlencoded" };
  const answer = await ask({ method: "POST", url, headers, body: "" }, context);
  const json = jsonOf(answer);
  const error = remoteLine(textOf(json, "error"), { max: 60 });
  if (json["ok"] === false && error === "token_expired")
    return found({
      verdict: "expired",
      about: ["token"],
      why: "the token has expired",
      mend: "Rotate it by its refresh token.",
    });
  if (json["ok"] === false && DEAD.has(error)) {
    const mend = "Install the app anew, and copy its token from OAuth & Permissions.";
    return found({
      verdict: "invalid",
      about: ["token"],
      why: `Slack does not take the token (${error})`,
      mend,
    });
  }
  if (json["ok"] === false && LIMITED.has(error)) {
    const mend = "Give the app what it lacks, and install it anew.";
    return found({
      verdict: "insufficient",
      about: ["token"],
      why: `Slack limits the token (${error})`,
      mend,
    });
  }
  if (json["ok"] !== true) throw unexpected(answer.status);
  const team = remoteLine(textOf(json, "team"), { max: 80 });
  const user = remoteLine(textOf(json, "user"), { max: 80 });
  const scopes = headerOf(answer, "x-oauth-scopes")
    .split(",")
    .map((scope) => scope.trim())
    .filter(Boolean);
  const lacking = scopes.length === 0 ? [] : (config.scopes ?? []).filter((scope) => !scopes.includes(scope));
  const details = { team, user, scopes };
  if (scopes.length === 0 && config.scopes !== undefined)
    throw new NoVerdict(
      "Slack took the token, but did not tell its scopes",
      "Look at the app's page, OAuth & Permissions.",
    );
  if (lacking.length === 0) return { findings: [], seen: `the token is ${user}'s of ${team}`, details };
  const why = `the token lacks ${lacking.join(", ")}`;
  const mend = "Add the scopes on the app's page, and install it anew.";
  return { ...found({ verdict: "insufficient", about: ["token"], why, mend }), details };
}

// What incoming webhooks answer besides invalid_payload; docs.slack.dev, "Sending messages using incoming webhooks".
const GONE =
  /\b(?:no_service|no_service_id|no_team|team_disabled|no_active_hooks|invalid_token|channel_not_found|user_not_found)\b/;
const FORBIDDEN = /\b(?:action_prohibited|posting_to_general_channel_denied|channel_is_archived)\b/;

/** JSON that is cut off is looked at after the address: a good webhook says invalid_payload, and delivers nothing. */
async function probeWebhook(
  webhook: string,
  config: Filled<"slack">,
  context: ProbeContext,
): Promise<ProbeAnswer> {
  const target = new URL(webhook);
  const base = config["hooks-url"];
  const url = base === undefined ? target : below(base, target.pathname + target.search);
  const headers = { "content-type": "application/json" };
  const answer = await ask({ method: "POST", url, headers, body: "{" }, context);
  const text = answer.text.trim();
  if (answer.status === 400 && text === "invalid_payload")
    return { findings: [], seen: "the webhook is there" };
  const gone = answer.status < 500 && answer.status >= 400 ? GONE.exec(text)?.[0] : undefined;
  if (gone !== undefined && text.length < 200) {
    const mend = "Make a new webhook on the app's page.";
    return found({
      verdict: "invalid",
      about: ["webhook"],
      why: `Slack does not know the webhook (${gone})`,
      mend,
    });
  }
  const forbidden = answer.status >= 400 ? FORBIDDEN.exec(text)?.[0] : undefined;
  if (forbidden !== undefined && text.length < 200) {
    const mend = "Choose another channel for the webhook, or allow it there.";
    return found({
      verdict: "insufficient",
      about: ["webhook"],
      why: `Slack refuses to post (${forbidden})`,
      mend,
    });
  }
  throw unexpected(answer.status);
}

function found(finding: Finding): ProbeAnswer {
  return { findings: [finding], seen: finding.why };
}
