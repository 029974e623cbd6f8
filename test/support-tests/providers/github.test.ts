import { describe, expect, it } from "vitest";
import { startGitHub } from "../../support/providers/github.ts";
import { ask, bearer, started } from "./ask.ts";

describe("the fake of GitHub", () => {
  const expires = "2030-01-02 03:04:05 UTC";
  const github = () =>
    started(
      startGitHub({
        classic: { kind: "classic", scopes: ["repo", "read:packages"], expires },
        fine: { kind: "fine-grained", repositories: ["example/app"] },
        app: { kind: "app" },
        empty: { kind: "classic", exhausted: true },
      }),
    );

  it("tells scopes of classic tokens alone, and the end of those that have one", async () => {
    const { origin } = await github();
    const headers = async (token: string) => (await fetch(`${origin}/rate_limit`, bearer(token))).headers;
    const classic = await headers("classic");
    expect(classic.get("x-oauth-scopes")).toBe("repo, read:packages");
    expect(classic.get("github-authentication-token-expiration")).toBe(expires);
    const fine = await headers("fine");
    expect([fine.has("x-oauth-scopes"), fine.has("github-authentication-token-expiration")]).toEqual([
      false,
      false,
    ]);
  });

  it.each([
    ["a token that is wrong", "/rate_limit", bearer("other"), 401],
    ["a token of an App that asks for its user", "/user", bearer("app"), 403],
    ["a token whose requests are used up", "/user", bearer("empty"), 403],
    ["a repository that the token cannot see", "/repos/example/other", bearer("fine"), 404],
    [
      "a client without a user agent",
      "/rate_limit",
      { headers: { ...bearer("fine").headers, "user-agent": "" } },
      403,
    ],
  ])("refuses %s", async (_what, path, init, status) => {
    const { origin } = await github();
    expect(await ask(`${origin}${path}`, init)).toMatchObject({ status });
  });

  it("answers the rate limit to anybody, so that 200 alone proves no token", async () => {
    const { origin } = await github();
    expect(await ask(`${origin}/rate_limit`)).toMatchObject({ status: 200, body: { rate: { limit: 60 } } });
    expect(await ask(`${origin}/rate_limit`, bearer("empty"))).toMatchObject({ status: 200 });
    expect(await ask(`${origin}/repos/example/app`, bearer("fine"))).toMatchObject({ status: 200 });
  });
});
