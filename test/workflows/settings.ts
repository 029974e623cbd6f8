import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Repositories } from "../deploy-flow/release.ts";
import { type FakeGitHub, startFakeGitHub } from "../support/github-administration/server.ts";
import { startUpdates, type Updates } from "../support/github-administration/updates.ts";
import { needs } from "../support/needs.ts";
import { callWorkflow } from "./call.ts";

const within = { timeout: 120_000 };

/** What Dependabot's own action says of an update. */
export const UPDATE_SCRIPTS = {
  "dependabot/fetch-metadata": `const { appendFileSync } = require("node:fs");
for (const [name, value] of Object.entries(JSON.parse(process.env.UPDATE)))
  appendFileSync(process.env.GITHUB_OUTPUT, name + "=" + value + "\\n");`,
};

/** repo-setup.yml and dependabot.yml against what stands in for GitHub. */
export function trySettings(repositories: () => Repositories): void {
  describe("repo-setup.yml", needs("act"), () => {
    let github: FakeGitHub;
    beforeAll(async () => {
      github = await startFakeGitHub();
    });
    afterAll(async () => {
      await github.stop();
      expect(github.misuses).toEqual([]);
    });

    const setup = {
      branches: { main: { checks: ["ci / ci-ok"], reviews: 1 } },
      environments: { production: { reviewers: ["@anna"], branches: ["main"] } },
    };
    const call = (mode: string, ref = "main") =>
      callWorkflow(repositories(), {
        workflow: "repo-setup.yml",
        event: "workflow_dispatch",
        payload: { ref: `refs/heads/${ref}`, repository: { default_branch: "main" } },
        files: { ".github/repository.json": JSON.stringify(setup) },
        with: { mode },
        secrets: { ADMINISTRATION_TOKEN: github.token },
        env: { GITHUB_API_URL: github.apiUrl, GITHUB_REPOSITORY: "acme/shop" },
      });

    it("is red for what differs and changes nothing, then sets it and reads it back", within, async () => {
      const checked = await call("check");
      expect(checked.steps["setup/setup"], checked.log).toBe("failure");
      expect(checked.exitCode).not.toBe(0);
      expect(github.changes).toEqual([]);

      const applied = await call("apply");
      expect(applied.steps["setup/setup"], applied.log).toBe("success");
      expect(applied.jobs["setup"]).toBe("success");
      expect(github.protections.get("main")).toMatchObject({
        required_status_checks: { contexts: ["ci / ci-ok"] },
        required_pull_request_reviews: { required_approving_review_count: 1 },
      });
      expect(github.environments.get("production")?.policies).toMatchObject([{ name: "main" }]);
      expect(checked.output + applied.output).not.toContain(github.token);
    });

    it("leaves it alone when another branch than the default one asks", within, async () => {
      const before = github.changes.length;
      expect((await call("apply", "another")).jobs).not.toHaveProperty("setup");
      expect(github.changes).toHaveLength(before);
    });
  });

  describe("dependabot.yml", needs("act"), () => {
    let github: Updates;
    beforeAll(async () => {
      github = await startUpdates();
    });
    afterAll(async () => {
      await github.stop();
      expect(github.misuses).toEqual([]);
    });

    const sha = "a".repeat(40);
    const call = (ecosystem: string) =>
      callWorkflow(repositories(), {
        workflow: "dependabot.yml",
        event: "pull_request",
        permissions: { contents: "write", "pull-requests": "write" },
        payload: {
          pull_request: {
            ...{ number: 12, node_id: "PR_12", state: "open", draft: false },
            user: { login: "dependabot[bot]", id: 49_699_333, type: "Bot" },
            head: { sha, ref: "dependabot/x", repo: { full_name: "acme/shop" } },
            base: { sha: "b".repeat(40), ref: "main", repo: { full_name: "acme/shop" } },
          },
        },
        files: { "README.md": "A shop\n" },
        secrets: { MERGE_TOKEN: github.token },
        env: {
          ...{ GITHUB_API_URL: github.origin, GITHUB_GRAPHQL_URL: `${github.origin}/graphql` },
          UPDATE: JSON.stringify({
            ...{ "update-type": "version-update:semver-patch", "package-ecosystem": ecosystem },
            ...{ "dependency-names": "left-pad", "maintainer-changes": "false" },
          }),
        },
      });

    it(
      "leaves an update of actions to people, and lets a patch of the application merge",
      within,
      async () => {
        const left = await call("github_actions");
        expect(left.steps["merge/merge"], left.log).toBe("success");
        expect(left.log).toContain("Left to people");
        expect(github.merges()).toEqual([]);

        const merged = await call("npm_and_yarn");
        expect(merged.steps["merge/merge"], merged.log).toBe("success");
        expect(github.merges()).toMatchObject([
          { variables: { input: { pullRequestId: "PR_12", expectedHeadOid: sha, mergeMethod: "SQUASH" } } },
        ]);
        expect(left.output + merged.output).not.toContain(github.token);
      },
    );
  });
}
