import { describe, expect, it } from "vitest";
import { refusal, setUp } from "./setting.ts";

const dispatch = { GITHUB_EVENT_NAME: "workflow_dispatch" };
const promote = { operation: "promote", environment: "production", "from-environment": "staging" };
const rollback = { operation: "rollback", environment: "production" };
const digest = `sha256:${"1".repeat(64)}`;

describe("a deploy", () => {
  it("knows what is live, by any success", async () => {
    const { plan, record, main } = await setUp();
    record({ environment: "staging", version: "s", sha: main[2] });
    record({ environment: "production", version: "p1", sha: main[0] });
    record({ environment: "production", version: "p2", sha: main[1], states: ["success", "inactive"] });
    record({ environment: "production", version: "p3", sha: main[2], states: ["failure"] });
    expect((await plan()).outputs).toMatchObject({ action: "deploy", previous: "p2" });
  });

  it("takes GitHub's own deployments for nothing", async () => {
    const { plan, github, main } = await setUp();
    github.deployments.unshift({
      ...{ id: 1, sha: main[3], environment: "production", task: "deploy", payload: {}, description: "" },
      statuses: [{ state: "success", description: "" }],
    });
    github.deployments.unshift({
      ...{ id: 2, sha: main[3], environment: "production", task: "deploy:record", description: "" },
      ...{ payload: { version: "forged" }, statuses: [{ state: "success", description: "" }] },
    });
    expect((await plan()).outputs).toMatchObject({ action: "deploy", previous: "" });
  });

  it("refuses an older commit than what is live, as an old run that is started again", async () => {
    const { plan, record, main } = await setUp();
    record({ environment: "production", version: "new", sha: main[3] });
    const outcome = await plan({}, { GITHUB_SHA: main[1] });
    expect(outcome.result).toBe("refused");
    expect(refusal(outcome)).toContain("is older than new");
    expect(outcome.outputs).toMatchObject({ action: "", version: "" });
  });

  it("deploys the same commit again", async () => {
    const { plan, record, main } = await setUp();
    record({ environment: "production", version: main[3], sha: main[3] });
    expect((await plan()).outputs).toMatchObject({ action: "deploy", previous: main[3] });
  });

  it("lets branches that share an environment take turns", async () => {
    const { plan, record, github, main } = await setUp();
    github.branches.set("feature/old", main[1]);
    record({ environment: "development", version: "newer", sha: main[3] });
    const outcome = await plan({}, { GITHUB_REF: "refs/heads/feature/old", GITHUB_SHA: main[1] });
    expect(outcome.outputs).toMatchObject({ action: "deploy", environment: "development" });
  });

  it.each([["refs/heads/main"], ["refs/tags/v1.0.0"]])(
    "refuses a commit that was not merged, for %s",
    async (ref) => {
      const { plan, github, main } = await setUp();
      const stray = github.commits.add("stray", main[0]);
      const outcome = await plan({ tags: "v*.*.* = production" }, { GITHUB_REF: ref, GITHUB_SHA: stray });
      expect(refusal(outcome)).toContain("is not part of main");
    },
  );

  it("refuses a branch that is gone", async () => {
    const { plan, github } = await setUp();
    github.branches.delete("main");
    expect(refusal(await plan())).toContain("is not part of main");
  });

  it("releases a merged tag under its name, with its digest", async () => {
    const { plan, main } = await setUp();
    const outcome = await plan(
      { tags: "v*.*.* = production", digest },
      { GITHUB_REF: "refs/tags/v1.0.0", GITHUB_SHA: main[2] },
    );
    expect(outcome.outputs).toMatchObject({ action: "deploy", version: "v1.0.0", sha: main[2], digest });
  });

  it("refuses a tag that was moved since it was live", async () => {
    const { plan, record, main } = await setUp();
    record({ environment: "production", version: "v1.0.0", sha: main[1] });
    const outcome = await plan(
      { tags: "v*.*.* = production" },
      { GITHUB_REF: "refs/tags/v1.0.0", GITHUB_SHA: main[3] },
    );
    expect(refusal(outcome)).toContain(`v1.0.0 was deployed before as commit ${main[1]}`);
  });

  it("warns when nobody knows how the last deploy ended", async () => {
    const { plan, record, main } = await setUp();
    record({ environment: "production", version: "p1", sha: main[0] });
    record({ environment: "production", version: "p2", sha: main[1], states: ["in_progress"] });
    const outcome = await plan();
    expect(outcome.outputs).toMatchObject({ action: "deploy", previous: "p1" });
    expect(outcome.annotations?.map(({ message }) => message).join()).toContain("Nobody has recorded");
  });
});

describe("a promotion", () => {
  it("takes what is live in the other environment, with its commit and digest", async () => {
    const { plan, record, main } = await setUp();
    record({ environment: "production", version: "v1", sha: main[0] });
    record({ environment: "staging", version: "v2", sha: main[1], digest });
    record({ environment: "staging", version: "v3", sha: main[2], states: ["failure"] });
    expect((await plan(promote, dispatch)).outputs).toEqual({
      ...{ action: "promote", environment: "production", version: "v2", sha: main[1], digest },
      ...{ previous: "v1", "previous-sha": main[0], "previous-digest": "" },
      ...{ reason: "v2 has succeeded in staging.", run: "77/1" },
    });
  });

  it("skips what is live already, every day", async () => {
    const { plan, record, main } = await setUp();
    record({ environment: "production", version: "v2", sha: main[1], digest });
    record({ environment: "staging", version: "v2", sha: main[1], digest });
    const outcome = await plan(promote, { GITHUB_EVENT_NAME: "schedule" });
    expect(outcome.outputs).toMatchObject({ action: "skip", reason: "v2 is live in production already." });
    expect(outcome.failures).toEqual([]);
  });

  it("promotes the same version again when nobody knows whether it is live", async () => {
    const { plan, record, main } = await setUp();
    record({ environment: "production", version: "v2", sha: main[1] });
    record({ environment: "production", version: "v3", sha: main[2], states: ["error"] });
    record({ environment: "staging", version: "v2", sha: main[1] });
    expect((await plan(promote, dispatch)).outputs).toMatchObject({ action: "promote", version: "v2" });
  });

  it("refuses a version that has not succeeded there", async () => {
    const { plan, record, main } = await setUp();
    record({ environment: "staging", version: "v2", sha: main[1], states: ["failure"] });
    expect(refusal(await plan({ ...promote, version: "v2" }, dispatch))).toContain(
      "v2 has not succeeded in staging",
    );
    expect(refusal(await plan(promote, dispatch))).toContain("No version has succeeded in staging");
  });

  it("refuses what is older than what is live, or lacks commits of it", async () => {
    const { plan, record, github, main } = await setUp();
    record({ environment: "staging", version: "v1", sha: main[0] });
    record({ environment: "staging", version: "side", sha: github.commits.add("side", main[1]) });
    record({ environment: "production", version: "v3", sha: main[2] });
    expect(refusal(await plan({ ...promote, version: "v1" }, dispatch))).toContain("v1 is older than v3");
    const side = { ...promote, version: "side" };
    expect(refusal(await plan(side, dispatch))).toContain("side lacks commits of v3");
    expect((await plan({ ...side, "allow-diverged": "true" }, dispatch)).outputs).toMatchObject({
      action: "promote",
      version: "side",
    });
    const old = { ...promote, version: "v1", "allow-diverged": "true" };
    expect(refusal(await plan(old, dispatch))).toContain("v1 is older than v3");
  });

  it("refuses what cannot be compared with what is live", async () => {
    const { plan, record, main } = await setUp();
    record({ environment: "production", version: "gone", sha: "9".repeat(40) });
    record({ environment: "staging", version: "v1", sha: main[0] });
    expect(refusal(await plan(promote, dispatch))).toContain("cannot be compared with gone");
  });
});

describe("a rollback", () => {
  it("goes to what was live before, and asks for no checks", async () => {
    const { plan, record, github, main } = await setUp();
    record({ environment: "production", version: "v1", sha: main[0], digest });
    record({ environment: "production", version: "v2", sha: main[1] });
    github.checks.statuses.set(main[0], [{ context: "tests", state: "failure" }]);
    expect((await plan(rollback, dispatch)).outputs).toEqual({
      ...{ action: "rollback", environment: "production", version: "v1", sha: main[0], digest },
      ...{ previous: "v2", "previous-sha": main[1], "previous-digest": "" },
      ...{ reason: "v1 was live in production before v2.", run: "77/1" },
    });
    expect(github.journal).not.toContain("checks/list-for-ref");
  });

  it("goes to a version by its name, over many newer ones", async () => {
    const { plan, record } = await setUp();
    for (let number = 0; number < 250; number++)
      record({
        environment: "production",
        version: `v${number}`,
        states: number % 50 === 0 ? ["success"] : ["failure"],
      });
    const outcome = await plan({ ...rollback, version: "v50" }, dispatch);
    expect(outcome.outputs).toMatchObject({ action: "rollback", version: "v50", previous: "v200" });
    expect(refusal(await plan({ ...rollback, version: "v51" }, dispatch))).toContain(
      "v51 has never succeeded",
    );
  });

  it.each([
    { records: [], why: "nothing has succeeded there yet" },
    { records: ["v1"], why: "nothing proven is older than v1" },
  ])("without an older proven version it fails: $why", async ({ records, why }) => {
    const { plan, record } = await setUp();
    for (const version of records) record({ environment: "production", version });
    record({ environment: "production", version: "bad", states: ["failure"] });
    const outcome = await plan(rollback, dispatch);
    expect(outcome.result).toBe("refused");
    expect(refusal(outcome)).toContain(why);
  });

  it("takes only records of its own environment", async () => {
    const { plan, record } = await setUp();
    record({ environment: "staging", version: "v1" });
    record({ environment: "production", version: "v2" });
    expect(refusal(await plan({ ...rollback, version: "v1" }, dispatch))).toContain(
      "has never succeeded in production",
    );
  });
});

describe("approval and actors", () => {
  it.each([
    { reviewers: true, isPrivate: true, why: "" },
    { reviewers: false, isPrivate: true, why: "only GitHub Enterprise has required reviewers" },
    { reviewers: false, isPrivate: false, why: "every plan has them for public repositories" },
    { reviewers: undefined, isPrivate: true, why: "does not exist" },
  ])("reviewers: $reviewers in a private repository: $isPrivate", async ({ reviewers, isPrivate, why }) => {
    const { plan, github } = await setUp();
    github.private = isPrivate;
    if (reviewers !== undefined) github.environments.set("production", { reviewers });
    const outcome = await plan({ "require-approval": "true" });
    expect(outcome.result).toBe(why === "" ? "deploy" : "refused");
    expect(refusal(outcome)).toContain(why);
  });

  it("tells that administrators can pass by it", async () => {
    const { plan, github } = await setUp();
    github.environments.set("production", { reviewers: true, adminsBypass: true });
    const { annotations } = await plan({ "require-approval": "true" });
    expect(annotations?.map(({ message }) => message)).toContain(
      "Administrators can pass by the approval of production.",
    );
  });

  it.each([
    { actor: "Anna", again: "", refused: undefined },
    { actor: "mallory", again: "", refused: "mallory" },
    { actor: "anna", again: "mallory", refused: "mallory" },
    { actor: "mallory", again: "anna", refused: "mallory" },
  ])("$actor, started again by '$again': refuses $refused", async ({ actor, again, refused }) => {
    const { plan } = await setUp();
    const outcome = await plan(
      { actors: "anna, ben" },
      { GITHUB_ACTOR: actor, GITHUB_TRIGGERING_ACTOR: again },
    );
    expect(outcome.failures.map(({ message }) => message)).toEqual(
      refused === undefined ? [] : [`${refused} is not one of those who may deploy.`],
    );
  });

  it("says all that stands in the way at once", async () => {
    const { plan, record, github, main } = await setUp();
    record({ environment: "production", version: "new", sha: main[3] });
    github.checks.statuses.set(main[1], [{ context: "tests", state: "error" }]);
    const outcome = await plan({ actors: "ben", "require-approval": "true" }, { GITHUB_SHA: main[1] });
    expect(outcome.failures).toHaveLength(4);
  });
});
