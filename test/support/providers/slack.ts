import type { Answer, Received } from "../http-server.ts";
import { addressOf, credentials, headerOf, type Provider, parametersOf, startProvider } from "./provider.ts";

export type SlackToken = {
  /** Scopes it was granted. */
  readonly scopes?: readonly string[];
  /** Slack's own word for why it is of no use. */
  readonly error?: "account_inactive" | "token_revoked" | "token_expired";
};

export type SlackOptions = {
  readonly tokens?: Readonly<Record<string, SlackToken>>;
  /** Paths below /services/, and how each stands. */
  readonly webhooks?: Readonly<Record<string, "live" | "revoked" | "archived">>;
};

/**
 * Starts Slack's Web API below /api and its incoming webhooks below /services. The Web API answers 200 whatever it has
 * to say; a webhook looks at the payload only once it knows the hook.
 */
export function startSlack({ tokens = {}, webhooks = {} }: SlackOptions): Promise<Provider> {
  return startProvider((request, effect) => {
    const { pathname } = addressOf(request);
    if (pathname === "/api/auth.test") return authTest(request, tokens);
    if (pathname.startsWith("/api/chat.")) {
      effect(pathname);
      return { json: { ok: true } };
    }
    if (pathname.startsWith("/api/")) return { json: { ok: false, error: "unknown_method" } };
    return webhook(request, webhooks, effect);
  });
}

function authTest(request: Received, tokens: Readonly<Record<string, SlackToken>>): Answer {
  // Tokens in query strings have been refused since February 2021.
  const given =
    credentials(request, "Bearer") ??
    (request.method === "POST" ? parametersOf(request).get("token") : undefined);
  const no = (error: string): Answer => ({ json: { ok: false, error } });
  if (given === undefined || given === "") return no("not_authed");
  const token = Object.hasOwn(tokens, given) ? tokens[given] : undefined;
  if (token === undefined) return no("invalid_auth");
  if (token.error !== undefined) return no(token.error);
  return {
    headers: { "x-oauth-scopes": (token.scopes ?? []).join(",") },
    json: {
      ok: true,
      url: "https://example-team.slack.com/",
      team: "Example Team",
      user: "deploys",
      team_id: "T0000000001",
      user_id: "U0000000001",
      bot_id: "B0000000001",
    },
  };
}

function webhook(
  request: Received,
  webhooks: NonNullable<SlackOptions["webhooks"]>,
  effect: (what: string) => void,
): Answer {
  const hook = /^\/services\/(T\w+\/B\w+\/\w+)$/.exec(addressOf(request).pathname)?.[1];
  if (request.method !== "POST") return { status: 405, body: "Method Not Allowed" };
  if (hook === undefined) return { status: 404, body: "no_team" };
  switch (Object.hasOwn(webhooks, hook) ? webhooks[hook] : undefined) {
    case undefined:
      return { status: 404, body: "no_service" };
    case "revoked":
      return { status: 403, body: "invalid_token" };
    case "archived":
      return { status: 410, body: "channel_is_archived" };
    case "live":
      return deliver(request, effect);
  }
}

function deliver(request: Received, effect: (what: string) => void): Answer {
  const form = headerOf(request, "content-type").startsWith("application/x-www-form-urlencoded");
  const text = request.body.toString();
  const payload = parsed((form ? new URLSearchParams(text).get("payload") : text) ?? "");
  if (typeof payload !== "object" || payload === null) return { status: 400, body: "invalid_payload" };
  if (!["text", "attachments", "blocks"].some((key) => key in payload))
    return { status: 400, body: "no_text" };
  effect("a message");
  return { body: "ok" };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
