import { describe, expect, it } from "vitest";
import { readBudget, waitForLimit } from "../../shared/github/rate-limit.ts";

const NOW = Date.UTC(2026, 0, 1);
const reset = String(NOW / 1_000 + 600);
const spent = { "x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
const plenty = { ...spent, "x-ratelimit-remaining": "4000" };
const primary = "API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, …";
const secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

describe("how long to wait for a rate limit", () => {
  it.each<[string, Parameters<typeof waitForLimit>[0], number, number, number]>([
    [
      "until the reset, when the hour's calls are spent",
      { status: 403, headers: spent, message: primary },
      0,
      600_000,
      610_000,
    ],
    ["the same with 429", { status: 429, headers: spent, message: primary }, 0, 600_000, 610_000],
    [
      "as long as it says",
      { status: 403, headers: { ...plenty, "retry-after": "30" }, message: secondary },
      0,
      30_000,
      30_000,
    ],
    [
      "as long as it says, whatever else it says",
      { status: 429, headers: { ...spent, "retry-after": "5" }, message: primary },
      3,
      5_000,
      5_000,
    ],
    [
      "a minute, when it does not say",
      { status: 403, headers: plenty, message: secondary },
      0,
      60_000,
      60_000,
    ],
    ["longer each time", { status: 403, headers: plenty, message: secondary }, 2, 240_000, 240_000],
    ["a minute for a bare 429", { status: 429, headers: {}, message: "" }, 0, 60_000, 60_000],
    [
      "a minute where the reset cannot be read",
      { status: 403, headers: { ...spent, "x-ratelimit-reset": "soon" }, message: primary },
      0,
      60_000,
      60_000,
    ],
  ])("%s", (_, answer, before, least, most) => {
    const wait = waitForLimit(answer, before, NOW);
    expect(wait).toBeGreaterThanOrEqual(least);
    expect(wait).toBeLessThanOrEqual(most);
  });

  it.each([
    ["a missing right", 403, "Resource not accessible by integration", plenty],
    ["a missing scope", 403, "You need at least read:packages scope to list packages.", plenty],
    ["a missing right, though no call is left", 403, "Must have admin rights to Repository.", spent],
    ["a wrong token", 401, "Bad credentials", plenty],
    ["success", 200, "", spent],
    ["not found", 404, "Package not found.", plenty],
  ])("%s is none", (_, status, message, headers) => {
    expect(waitForLimit({ status, headers, message }, 0, NOW)).toBeUndefined();
  });

  it.each([
    ["as GitHub writes it", plenty, { limit: 5_000, remaining: 4_000, resetAt: NOW + 600_000 }],
    ["absent, as on servers without limits", {}, undefined],
    ["half of it", { "x-ratelimit-limit": "5000" }, undefined],
    ["not numbers", { ...plenty, "x-ratelimit-remaining": "many" }, undefined],
    ["negative", { ...plenty, "x-ratelimit-remaining": "-1" }, undefined],
  ])("the budget is read: %s", (_, headers, expected) => {
    expect(readBudget(headers)).toEqual(expected);
  });
});
