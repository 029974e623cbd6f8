import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BranchSettings, configSchema } from "../../actions/repo-setup/src/config-schema.ts";
import { protectionBody, protectionSchema, settingsOf } from "../../actions/repo-setup/src/protection.ts";
import { schemas } from "../../actions/repo-setup/src/schemas.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { runAction } from "../../scripts/runner/run-action.ts";
import { type FakeGitHub, startFakeGitHub } from "../support/github-administration/server.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const SETUP = {
  branches: { main: { checks: ["ci / ci-ok"], reviews: 1, admins: true, "force-pushes": false } },
  environments: {
    production: {
      reviewers: ["@anna", "@acme/operators"],
      "self-review": false,
      branches: ["main", "release"],
    },
    staging: { wait: 5 },
  },
};

let github: FakeGitHub;
beforeEach(async () => {
  github = await startFakeGitHub();
});
afterEach(async () => {
  await github.stop();
  expect(github.misuses).toEqual([]);
});

function start(mode: "check" | "apply", setup: unknown = SETUP, token = github.token) {
  const folder = makeTempDir("setup").path;
  writeFileSync(path.join(folder, "repository.json"), JSON.stringify(setup, undefined, 2));
  return runAction({
    dir: path.join(REPOSITORY, "build/dist/repo-setup"),
    cwd: folder,
    inputs: { config: "repository.json", mode, token },
    env: { GITHUB_API_URL: github.apiUrl, GITHUB_REPOSITORY: "acme/shop" },
  }).done;
}

describe("the built action", () => {
  it("tells what differs and changes nothing, then changes it, then finds it in place", async () => {
    const checked = await start("check");
    expect(checked.conclusion, checked.log).toBe("failure");
    expect(checked.outputs).toMatchObject({ result: "differs", differences: "8" });
    expect(checked.annotations.map(({ message }) => message).join("\n")).toContain(
      "environment production: reviewers is none, and should be @acme/operators, @anna",
    );
    expect(github.changes).toEqual([]);

    const applied = await start("apply");
    expect(applied.ok, applied.log).toBe(true);
    expect(applied.outputs["result"]).toBe("applied");
    const report = JSON.parse(readFileSync(applied.outputs["report"] ?? "", "utf8"));
    expect(schemas["report.schema.json"].parse(report)).toMatchObject({ remaining: 0 });
    expect([checked.stdout, applied.stdout].join("\n").replace(/^::add-mask::.*$/gm, "")).not.toContain(
      github.token,
    );

    const changes = github.changes.length;
    const again = await start("apply");
    expect(again.outputs, again.log).toMatchObject({ result: "in-place", differences: "0" });
    expect(github.changes).toHaveLength(changes);
  });

  it("keeps all that the file does not name", async () => {
    github.protect("main", {
      required_status_checks: { strict: true, checks: [{ context: "lint", app_id: 15 }] },
      enforce_admins: false,
      required_pull_request_reviews: {
        ...{
          dismiss_stale_reviews: true,
          required_approving_review_count: 2,
          require_last_push_approval: true,
        },
        bypass_pull_request_allowances: { users: ["bot"], teams: [], apps: ["release"] },
      },
      restrictions: { users: [], teams: ["operators"], apps: [] },
      required_linear_history: true,
    });
    const result = await start("apply", {
      branches: { main: { checks: ["lint", "ci / ci-ok"], admins: true } },
    });
    expect(result.ok, result.log).toBe(true);
    expect(github.bodies).toMatchObject([
      {
        required_status_checks: {
          strict: true,
          checks: [{ context: "lint", app_id: 15 }, { context: "ci / ci-ok" }],
        },
        required_pull_request_reviews: {
          ...{
            required_approving_review_count: 2,
            dismiss_stale_reviews: true,
            require_last_push_approval: true,
          },
          bypass_pull_request_allowances: { users: ["bot"], apps: ["release"] },
        },
        restrictions: { teams: ["operators"] },
        required_linear_history: true,
        enforce_admins: true,
      },
    ]);
  });

  it("takes away branches that may no longer deploy", async () => {
    const body = {
      wait_timer: 3,
      reviewers: null,
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    };
    github.environments.set("production", {
      body,
      policies: [
        { id: 1, name: "main" },
        { id: 2, name: "old/*" },
      ],
    });
    const result = await start("apply", { environments: { production: { branches: ["main"] } } });
    expect(result.ok, result.log).toBe(true);
    expect(github.changes).toEqual([
      "PUT /repos/acme/shop/environments/production",
      "DELETE /repos/acme/shop/environments/production/deployment-branch-policies/2",
    ]);
    expect(github.bodies[0]).toMatchObject({ wait_timer: 3 });
  });

  it("fails when GitHub took the change and it does not hold", async () => {
    github.cheap = true;
    const result = await start("apply", { environments: { production: { reviewers: ["@anna"] } } });
    expect(result.conclusion).toBe("failure");
    expect(result.annotations[0]?.message).toContain("GitHub took the change and it does not hold");
  });

  it("requires no check that has not run, and says which one is meant", async () => {
    github.checks.set("b".repeat(40), ["only / pull-requests"]);
    const checks = ["ci / ci-okay", "only / pull-requests", "legacy"];
    const result = await start("apply", { branches: { main: { checks } } });
    expect(result.conclusion).toBe("failure");
    expect(result.annotations).toHaveLength(1);
    expect(result.annotations[0]).toMatchObject({
      message: expect.stringMatching(/"ci \/ ci-okay" has not run.*Is "ci \/ ci-ok" meant/s),
      file: "repository.json",
      line: 5,
    });
    expect(github.changes).toEqual([]);
  });

  it.each([
    [{ environments: { p: { reviewers: ["@nobody"] } } }, "@nobody is nobody"],
    [{ branches: { "*": {} } }, "name of one branch"],
    [{ branches: { main: { check: [] } } }, "checks"],
  ])("refuses %j", async (setup, why) => {
    const result = await start("apply", setup);
    expect(result.conclusion).toBe("failure");
    expect(result.log).toContain(why);
    expect(github.changes).toEqual([]);
  });

  it("says so when the token is not accepted", async () => {
    const result = await start("check", SETUP, "ghp_another-token-altogether");
    expect(result.annotations[0]?.message).toContain("Bad credentials");
  });
});

describe("what is sent for a branch", () => {
  it("makes what the file says, and leaves the rest as it was, whatever that is", () => {
    const flag = fc.option(fc.record({ enabled: fc.boolean() }), { nil: undefined });
    const before = fc.option(
      fc.record(
        {
          required_status_checks: fc.record({
            strict: fc.boolean(),
            checks: fc
              .uniqueArray(fc.constantFrom("a", "b", "c"))
              .map((names) => names.map((context) => ({ context, app_id: 1 }))),
          }),
          required_pull_request_reviews: fc.record({
            dismiss_stale_reviews: fc.boolean(),
            required_approving_review_count: fc.nat(6),
          }),
          ...{
            enforce_admins: flag,
            required_linear_history: flag,
            allow_force_pushes: flag,
            allow_deletions: flag,
          },
        },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    );
    const wanted = fc.record(
      {
        checks: fc.uniqueArray(fc.constantFrom("a", "b", "d")),
        ...{ "up-to-date": fc.boolean(), reviews: fc.nat(6), admins: fc.boolean(), deletions: fc.boolean() },
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(before, wanted, (was, asked) => {
        const protection = was === undefined ? undefined : protectionSchema.parse(was);
        const { branches } = configSchema.parse({ branches: { main: asked } });
        const body = protectionBody(protection, branches["main"] as BranchSettings) as Record<string, never>;
        const answered = Object.fromEntries(
          Object.entries(body).map(([key, value]) => [
            key,
            typeof value === "boolean" ? { enabled: value } : value,
          ]),
        );
        const now = settingsOf(protectionSchema.parse(answered));
        const then: BranchSettings = settingsOf(protection);
        for (const key of Object.keys(now) as (keyof BranchSettings)[]) {
          const expected = asked[key as keyof typeof asked] ?? then[key];
          // Protection of any kind ends force pushes and deletions that nobody asked for.
          if (was === undefined && ["force-pushes", "deletions"].includes(key) && !(key in asked)) continue;
          if (key === "reviews" && expected === undefined) continue;
          expect(now[key], key).toEqual(Array.isArray(expected) ? expected.toSorted() : expected);
        }
      }),
    );
  });
});
