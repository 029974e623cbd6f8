import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cooldownOf } from "../../actions/dependabot-merge/src/cooldown.ts";
import { type Asked, decide, type Facts } from "../../actions/dependabot-merge/src/decide.ts";
import type { PullRequest } from "../../actions/dependabot-merge/src/event.ts";
import type { Commit } from "../../actions/dependabot-merge/src/github.ts";
import { spec } from "../../actions/dependabot-merge/src/inputs.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { runAction } from "../../scripts/runner/run-action.ts";
import { startUpdates, type Updates } from "../support/github-administration/updates.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const PULL: PullRequest = {
  ...{ number: 12, node_id: "PR_12", state: "open", draft: false },
  user: { login: "dependabot[bot]", id: 49_699_333, type: "Bot" },
  head: { sha: "a".repeat(40), repo: { full_name: "acme/shop" } },
  base: { ref: "main", repo: { full_name: "acme/shop" } },
};
const ASKED: Asked = {
  ...{
    updateType: "version-update:semver-minor",
    packageEcosystem: "npm_and_yarn",
    maintainerChanges: false,
  },
  ...{ ecosystems: ["npm_and_yarn", "pip"], types: ["patch", "minor"], cooldownDays: 3 },
};
const OWN: Commit = { sha: PULL.head.sha, author: 49_699_333, committer: 19_864_447, signed: true };
const FACTS: Facts = { requiredChecks: ["ci / ci-ok"], commits: [OWN], cooldownDays: 3 };

describe("the decision", () => {
  it("merges a small update of the application by Dependabot on a branch that requires checks", () => {
    expect(decide(PULL, ASKED, FACTS)).toEqual({ merge: true, reasons: [] });
  });

  const user = (more: object): PullRequest => ({ ...PULL, user: { ...PULL.user, ...more } });
  it.each([
    ["by somebody", user({ id: 1 }), {}, {}, "not by Dependabot"],
    ["by a person with its name", user({ type: "User" }), {}, {}, "not by Dependabot"],
    ["by another bot", user({ login: "renovate[bot]" }), {}, {}, "not by Dependabot"],
    [
      "of a fork",
      { ...PULL, head: { ...PULL.head, repo: { full_name: "x/shop" } } },
      {},
      {},
      "another repository",
    ],
    ["of a fork that is gone", { ...PULL, head: { ...PULL.head, repo: null } }, {}, {}, "another repository"],
    ["that is closed", { ...PULL, state: "closed" }, {}, {}, "not open"],
    ["that is a draft", { ...PULL, draft: true }, {}, {}, "not open"],
    ["major", PULL, { updateType: "version-update:semver-major" }, {}, "no patch or minor"],
    ["of no known size", PULL, { updateType: "" }, {}, "no patch or minor"],
    [
      "minor where patch is asked for",
      PULL,
      { types: ["patch" as const] },
      {},
      "a minor update is for people",
    ],
    [
      "of actions",
      PULL,
      { packageEcosystem: "github_actions", ecosystems: ["github_actions"] },
      {},
      "github_actions",
    ],
    ["of base images", PULL, { packageEcosystem: "docker", ecosystems: ["docker"] }, {}, "docker"],
    ["of what is not listed", PULL, { packageEcosystem: "cargo" }, {}, "cargo"],
    ["with another maintainer", PULL, { maintainerChanges: true }, {}, "maintains"],
    ["without required checks", PULL, {}, { requiredChecks: [] }, "requires no check"],
    ["without a cool-down", PULL, {}, { cooldownDays: undefined }, "0 days"],
    [
      "with somebody's commit on top",
      PULL,
      {},
      {
        commits: [
          { ...OWN, sha: "b".repeat(40) },
          { ...OWN, author: 1 },
        ],
      },
      "aaaaaaaaaaaa is not by Dependabot",
    ],
    ["with an unsigned commit", PULL, {}, { commits: [{ ...OWN, signed: false }] }, "not by Dependabot"],
    ["that somebody has made anew", PULL, {}, { commits: [{ ...OWN, committer: 1 }] }, "not by Dependabot"],
    ["that has moved on", PULL, {}, { commits: [{ ...OWN, sha: "b".repeat(40) }] }, "not those of this run"],
    ["with one that is too short", PULL, {}, { cooldownDays: 2 }, "2 days"],
  ])("leaves one %s to people", (_name, pull, asked: Partial<Asked>, facts, reason) => {
    const decision = decide(pull, { ...ASKED, ...asked }, { ...FACTS, ...facts });
    expect(decision).toMatchObject({ merge: false, reasons: [expect.stringContaining(reason)] });
  });

  it("cannot be asked to take actions, base images or major updates", () => {
    for (const name of ["github_actions", "docker", "terraform", "npm_and_yarn, docker"])
      expect(() => spec.ecosystems.parse(name), name).toThrow(/may never/);
    for (const sizes of ["major", "patch, major", ","])
      expect(() => spec.types.parse(sizes), sizes).toThrow(/people/);
  });
});

describe("the cool-down", () => {
  const config = (...updates: object[]) => JSON.stringify({ version: 2, updates });
  const npm = (cooldown?: object) => ({ "package-ecosystem": "npm", directory: "/", cooldown });
  it.each([
    ["as configured", config(npm({ "default-days": 5 })), 5],
    ["by size", config(npm({ "default-days": 5, "semver-minor-days": 2, "semver-patch-days": 9 })), 2],
    ["the least of several", config(npm({ "default-days": 5 }), npm({ "default-days": 1 })), 1],
    ["none where it has exceptions", config(npm({ "default-days": 5, exclude: ["left-pad"] })), 0],
    ["none where it is for some only", config(npm({ "default-days": 5, include: ["left-pad"] })), 0],
    ["none without the key", config(npm()), 0],
    ["not known for another ecosystem", config({ "package-ecosystem": "pip" }), undefined],
    ["not known of what is no configuration", "[]", undefined],
  ])("is %s", (_name, text, days) => {
    expect(cooldownOf(text, "npm_and_yarn", "minor")).toBe(days);
  });
});

describe("the built action", () => {
  let github: Updates;
  beforeEach(async () => {
    github = await startUpdates();
  });
  afterEach(async () => {
    await github.stop();
    expect(github.misuses).toEqual([]);
  });

  function start(
    inputs: Readonly<Record<string, string>> = {},
    event = "pull_request",
    pull: unknown = PULL,
  ) {
    const file = path.join(makeTempDir("event").path, "event.json");
    writeFileSync(file, JSON.stringify({ pull_request: pull }));
    return runAction({
      dir: path.join(REPOSITORY, "build/dist/dependabot-merge"),
      inputs: {
        ...{ "update-type": "version-update:semver-patch", "package-ecosystem": "npm_and_yarn" },
        ...{ "dependency-names": "left-pad", "github-token": github.token },
        ...inputs,
      },
      env: {
        ...{ GITHUB_API_URL: github.origin, GITHUB_GRAPHQL_URL: `${github.origin}/graphql` },
        ...{ GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: file },
      },
    }).done;
  }

  it("lets GitHub merge it at the commit that it looked at, once its checks are green", async () => {
    const result = await start();
    expect(result.ok, result.log).toBe(true);
    expect(result.outputs).toMatchObject({ result: "merging" });
    expect(github.merges()).toMatchObject([
      {
        variables: {
          input: { pullRequestId: "PR_12", expectedHeadOid: PULL.head.sha, mergeMethod: "SQUASH" },
        },
      },
    ]);
    expect(result.stdout.replace(/^::add-mask::.*$/gm, "")).not.toContain(github.token);
  });

  it("finds checks that a ruleset requires", async () => {
    github.contexts = [];
    github.rules = [
      { type: "deletion" },
      {
        type: "required_status_checks",
        parameters: {
          required_status_checks: [{ context: "a" }],
          strict_required_status_checks_policy: false,
        },
      },
    ];
    expect((await start()).outputs["result"]).toBe("merging");
  });

  it("is green and merges nothing where it leaves it to people", async () => {
    github.contexts = [];
    github.config = false;
    const result = await start({ "update-type": "version-update:semver-major" });
    expect(result.ok, result.log).toBe(true);
    expect(result.outputs).toMatchObject({
      result: "left",
      reason: expect.stringMatching(/no patch.*no check.*0 days/),
    });
    expect(github.merges()).toEqual([]);
  });

  it("merges nothing that somebody has added to", async () => {
    github.added = ["c".repeat(40)];
    const result = await start();
    expect(result.outputs).toMatchObject({
      result: "left",
      reason: "its commit cccccccccccc is not by Dependabot",
    });
    expect(github.merges()).toEqual([]);
    for (const other of [
      { ...PULL, auto_merge: { enabled_by: { type: "User" } } },
      { ...PULL, user: { ...PULL.user, id: 1 }, auto_merge: { enabled_by: { type: "Bot" } } },
    ])
      await start({}, "pull_request", other);
    expect(github.merges()).toEqual([]);
    await start({}, "pull_request", { ...PULL, auto_merge: { enabled_by: { type: "Bot" } } });
    expect(github.merges()).toMatchObject([
      {
        query: expect.stringContaining("disablePullRequestAutoMerge"),
        variables: { input: { pullRequestId: "PR_12" } },
      },
    ]);
  });

  it("has it merged at once where GitHub has nothing to wait for", async () => {
    github.errors = [{ message: "Pull request Pull request is in clean status" }];
    const result = await start();
    expect(result.outputs["result"], result.log).toBe("merging");
    expect(github.merges().at(-1)).toMatchObject({
      query: expect.stringContaining("mergePullRequest"),
      variables: { input: { expectedHeadOid: PULL.head.sha } },
    });
  });

  it("changes nothing in a dry run", async () => {
    expect((await start({ "dry-run": "true" })).outputs["result"]).toBe("merging");
    expect(github.merges()).toEqual([]);
  });

  it("fails when GitHub does not let it, and says what to turn on", async () => {
    github.errors = [{ message: "Auto merge is not allowed for this repository" }];
    const result = await start();
    expect(result.conclusion).toBe("failure");
    expect(result.annotations[0]?.message).toMatch(/Auto merge is not allowed.*Allow auto-merge/s);
  });

  it("decides nothing on what it cannot read, and takes no other event", async () => {
    expect((await start({ "github-token": "ghs_somebody-else" })).conclusion).toBe("failure");
    expect((await start({}, "pull_request_target")).annotations[0]?.message).toContain("no pull request");
    expect(github.merges()).toEqual([]);
  });
});
