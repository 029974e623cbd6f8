import { describe, expect, it } from "vitest";
import { startZoho } from "../../support/providers/zoho.ts";
import { ask, started } from "./ask.ts";

describe("the fake of Zoho", () => {
  const right = {
    client_id: "1000.ID",
    client_secret: "s3cret",
    refresh_token: "1000.r",
    grant_type: "refresh_token",
  };
  const zoho = (mayReadOrganizations = true) =>
    started(
      startZoho({
        clientId: right.client_id,
        clientSecret: right.client_secret,
        refreshToken: right.refresh_token,
        organizations: ["10001"],
        mayReadOrganizations,
      }),
    );
  const refresh = (origin: string, changes: Record<string, string> = {}) =>
    ask(`${origin}/oauth/v2/token`, { method: "POST", body: new URLSearchParams({ ...right, ...changes }) });
  const organizations = (origin: string, token: string) =>
    ask(`${origin}/books/v3/organizations`, { headers: { authorization: `Zoho-oauthtoken ${token}` } });

  it.each([
    [{ client_id: "other" }, "invalid_client"],
    [{ client_secret: "other" }, "invalid_client_secret"],
    [{ refresh_token: "other" }, "invalid_code"],
    [{ grant_type: "other" }, "invalid_request"],
  ])("answers 200 to %j, and says no in the body", async (changes, error) => {
    const { origin, refreshes } = await zoho();
    expect(await refresh(origin, changes)).toEqual({ status: 200, body: { error } });
    expect(refreshes()).toBe(0);
  });

  it("takes no secrets from the address", async () => {
    const { origin } = await zoho();
    const query = new URLSearchParams(right);
    expect(await ask(`${origin}/oauth/v2/token?${query}`, { method: "POST" })).toMatchObject({
      body: { error: "invalid_request" },
    });
  });

  it("grants ten access tokens, and no more", async () => {
    const { origin, refreshes, accessTokens } = await zoho();
    for (let count = 1; count <= 10; count++)
      expect(await refresh(origin)).toMatchObject({ body: { token_type: "Bearer" } });
    expect(await refresh(origin)).toMatchObject({ status: 400, body: { error: "Access Denied" } });
    expect([refreshes(), accessTokens.length]).toEqual([11, 10]);
  });

  it("shows its organisations to whoever has a token with that scope", async () => {
    const able = await zoho();
    await refresh(able.origin);
    expect(await organizations(able.origin, able.accessTokens[0] ?? "")).toMatchObject({
      body: { organizations: [{ organization_id: "10001" }] },
    });
    expect(await organizations(able.origin, "other")).toMatchObject({
      status: 401,
      body: { code: "INVALID_TOKEN" },
    });
    const unable = await zoho(false);
    await refresh(unable.origin);
    expect(await organizations(unable.origin, unable.accessTokens[0] ?? "")).toMatchObject({
      status: 401,
      body: { code: "OAUTH_SCOPE_MISMATCH" },
    });
  });
});
