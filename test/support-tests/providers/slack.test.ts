import { describe, expect, it } from "vitest";
import { startSlack } from "../../support/providers/slack.ts";
import { ask, bearer, started } from "./ask.ts";

describe("the fake of Slack", () => {
  const slack = () =>
    started(
      startSlack({
        tokens: {
          "xoxb-good": { scopes: ["chat:write", "files:write"] },
          "xoxb-old": { error: "token_revoked" },
        },
        webhooks: { "T1/B1/live": "live", "T1/B1/revoked": "revoked", "T1/B1/archived": "archived" },
      }),
    );

  it.each([
    ["no token", {}, "not_authed"],
    ["an unknown token", bearer("xoxb-other"), "invalid_auth"],
    ["a revoked token", bearer("xoxb-old"), "token_revoked"],
  ])("answers 200 to %s, and says no in the body", async (_what, init, error) => {
    const { origin } = await slack();
    expect(await ask(`${origin}/api/auth.test`, { method: "POST", ...init })).toEqual({
      status: 200,
      body: { ok: false, error },
    });
  });

  it("takes no token from the address", async () => {
    const { origin } = await slack();
    expect(await ask(`${origin}/api/auth.test?token=xoxb-good`)).toMatchObject({
      body: { error: "not_authed" },
    });
  });

  it("tells a good token's scopes in a header", async () => {
    const { origin } = await slack();
    const response = await fetch(`${origin}/api/auth.test`, { method: "POST", ...bearer("xoxb-good") });
    expect(response.headers.get("x-oauth-scopes")).toBe("chat:write,files:write");
    expect(await response.json()).toMatchObject({ ok: true, team: "Example Team" });
  });

  it.each([
    ["live", "not json", 400, "invalid_payload", 0],
    ["live", "{}", 400, "no_text", 0],
    ["live", '{"text":"hello"}', 200, "ok", 1],
    ["revoked", "not json", 403, "invalid_token", 0],
    ["archived", "not json", 410, "channel_is_archived", 0],
    ["unknown", "not json", 404, "no_service", 0],
  ])("a %s webhook answers %j with %i %s", async (hook, body, status, text, delivered) => {
    const { origin, effects } = await slack();
    expect(await ask(`${origin}/services/T1/B1/${hook}`, { method: "POST", body })).toEqual({
      status,
      body: text,
    });
    expect(effects).toHaveLength(delivered);
  });
});
