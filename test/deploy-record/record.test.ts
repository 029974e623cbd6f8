import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { recordFileSchema } from "../../actions/deploy-record/src/record-file.ts";
import { schemas } from "../../actions/deploy-record/src/schemas.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type ActionResult, runAction } from "../../scripts/runner/run-action.ts";
import { recordIn } from "../../shared/deployments/record.ts";
import { type GitHubRepository, startGitHubRepository } from "../support/github-repository/server.ts";

const digest = `sha256:${"1".repeat(64)}`;

async function setUp() {
  const github = await startGitHubRepository();
  onTestFinished(async () => {
    await github.stop();
    expect(github.misuses).toEqual([]);
  });
  const sha = github.commits.add("v2");
  const plan = {
    ...{ action: "deploy", environment: "production", version: "v2", sha, digest, previous: "v1" },
    ...{ reason: "branch main goes to production.", result: "deploy", report: "/somewhere", run: "77/1" },
  };
  return { github, sha, plan };
}

type Inputs = Readonly<Record<string, string>>;

async function record(github: GitHubRepository, inputs: Inputs, attempt = "1"): Promise<ActionResult> {
  return runAction({
    dir: path.join(REPOSITORY, "build/dist/deploy-record"),
    inputs: { "github-token": github.token, "job-status": "success", ...inputs },
    env: {
      GITHUB_API_URL: github.apiUrl,
      GITHUB_REPOSITORY: github.name,
      GITHUB_SERVER_URL: "https://github.example",
      GITHUB_EVENT_NAME: "push",
      GITHUB_ACTOR: "anna",
      GITHUB_RUN_ID: "77",
      GITHUB_RUN_ATTEMPT: attempt,
    },
  }).done;
}

const reportOf = ({ outputs }: ActionResult) =>
  schemas["report.schema.json"].parse(JSON.parse(readFileSync(outputs["report"] ?? "", "utf8")));

describe("the record of a deploy", () => {
  it("is a deployment that a plan can read, and a file that says who, what, how and when", async () => {
    const { github, plan, sha } = await setUp();
    const inputs = { plan: JSON.stringify(plan), "environment-url": "https://shop.example" };
    const begun = await record(github, { ...inputs, operation: "begin" });
    expect(begun.ok, begun.log).toBe(true);
    expect(begun.outputs).toMatchObject({
      ...{ result: "begun", deployment: "1", status: "started" },
      title: "Deploying v2 to production",
    });
    expect(reportOf(begun).result).toBe("begun");
    expect(github.deployments[0]).toMatchObject({ environment: "production", task: "deploy:record", sha });
    expect(recordIn(github.deployments[0]?.payload)).toEqual({
      ...{ "deploy-record": 1, operation: "deploy", version: "v2", sha, digest, previous: "v1", run: "77/1" },
    });

    const steps = {
      record: { outcome: "success", conclusion: "success", outputs: begun.outputs },
      backup: {
        outcome: "success",
        outputs: { result: "backed-up", verified: "restore", locations: "s3://b/x", secret: "never told" },
      },
      switch: { outcome: "success", outputs: { result: "deployed", "downtime-ms": "0" } },
      smoke: { outcome: "success", outputs: { result: "passed" } },
    };
    const done = await record(github, {
      ...inputs,
      operation: "finish",
      steps: JSON.stringify(steps, null, 2),
    });
    expect(done.ok, done.log).toBe(true);
    expect(done.outputs).toMatchObject({
      ...{ result: "deployed", status: "success", title: "v2 is live in production", deployment: "1" },
    });
    expect(JSON.parse(done.outputs["fields"] ?? "")).toMatchObject({
      ...{ Before: "v1", Backup: "proven by restore", Downtime: "0 ms" },
    });
    expect(github.deployments[0]?.statuses.map(({ state }) => state)).toEqual(["success", "in_progress"]);
    const text = readFileSync(done.outputs["record"] ?? "", "utf8");
    expect(recordFileSchema.parse(JSON.parse(text))).toMatchObject({
      ...{ result: "deployed", version: "v2", previous: "v1", deployment: 1 },
      by: { actor: "anna", runUrl: "https://github.example/acme/shop/actions/runs/77" },
      startedAt: begun.outputs["started-at"],
      steps: { backup: { outcome: "success", outputs: { verified: "restore", locations: "s3://b/x" } } },
    });
    expect(text).not.toContain("never told");
    expect(reportOf(done)).toMatchObject({ result: "deployed", deployment: 1 });
  });

  it("of a deploy that was rolled back well fails, and says what is live", async () => {
    const { github, plan } = await setUp();
    const inputs = { plan: JSON.stringify(plan) };
    const begun = await record(github, { ...inputs, operation: "begin" });
    const steps = {
      record: { outcome: "success", outputs: begun.outputs },
      switch: { outcome: "success", outputs: {} },
      smoke: { outcome: "failure", outputs: {} },
      "back-switch": { outcome: "success", outputs: {} },
      prove: { outcome: "success", outputs: {} },
    };
    const done = await record(github, { ...inputs, operation: "finish", steps: JSON.stringify(steps) });
    expect(done.conclusion).toBe("failure");
    expect(done.outputs).toMatchObject({ result: "rolled-back", status: "rolled-back" });
    expect(done.outputs["title"]).toBe("v2 was bad and is gone from production; v1 is live again");
    expect(github.deployments[0]?.statuses[0]?.state).toBe("failure");
    expect(done.summary).toContain("The database was not taken back");
  });

  it("cannot begin without the right to write, while nothing has happened", async () => {
    const { github, plan } = await setUp();
    github.permissions.delete("deployments: write");
    const begun = await record(github, { plan: JSON.stringify(plan), operation: "begin" });
    expect(begun.conclusion).toBe("failure");
    expect(begun.log).toContain("permissions: deployments: write");
    const steps = { record: { outcome: "failure", outputs: begun.outputs } };
    const done = await record(github, {
      ...{ plan: JSON.stringify(plan), operation: "finish", steps: JSON.stringify(steps) },
    });
    expect(done.outputs).toMatchObject({ result: "not-deployed", status: "failure" });
    expect(github.deployments).toEqual([]);
  });

  it("is one, also when the answer to its making was lost", async () => {
    const { github, plan } = await setUp();
    let lost = 0;
    github.intervene(({ method, url }, work) => {
      if (method !== "POST" || url.includes("statuses") || lost++ > 0) return undefined;
      work();
      return "drop";
    });
    const begun = await record(github, { plan: JSON.stringify(plan), operation: "begin" });
    expect(begun.ok, begun.log).toBe(true);
    expect(github.deployments).toHaveLength(1);
    expect(begun.outputs["deployment"]).toBe("1");
    expect(github.deployments[0]?.statuses[0]?.state).toBe("in_progress");
  });

  it("of another attempt is another one", async () => {
    const { github, plan } = await setUp();
    const inputs = { plan: JSON.stringify(plan), operation: "begin" };
    await record(github, inputs);
    const again = await record(github, { ...inputs, plan: JSON.stringify({ ...plan, run: "77/2" }) }, "2");
    expect(again.outputs["deployment"]).toBe("2");
  });

  it("does not begin on a plan of an attempt before: who may deploy, and what is live, was asked then", async () => {
    const { github, plan } = await setUp();
    const again = await record(github, { plan: JSON.stringify(plan), operation: "begin" }, "2");
    expect(again.conclusion).toBe("failure");
    expect(again.log).toContain("Re-run all jobs");
    expect(github.journal).toEqual([]);
    const steps = JSON.stringify({ record: { outcome: "failure", outputs: again.outputs } });
    const done = await record(github, { plan: JSON.stringify(plan), operation: "finish", steps }, "2");
    expect(done.outputs).toMatchObject({ result: "not-deployed", artifact: "deploy-record-production-77-2" });
    expect(github.journal).toEqual([]);
  });

  it("whose end cannot be written fails, and leaves its file all the same", async () => {
    const { github, plan } = await setUp();
    const inputs = { plan: JSON.stringify(plan) };
    const begun = await record(github, { ...inputs, operation: "begin" });
    github.permissions.delete("deployments: write");
    const steps = { record: { outcome: "success", outputs: begun.outputs }, deploy: { outcome: "success" } };
    const done = await record(github, { ...inputs, operation: "finish", steps: JSON.stringify(steps) });
    expect(done.conclusion).toBe("failure");
    expect(done.log).toContain("The deployment cannot be recorded");
    expect(done.outputs).toMatchObject({ result: "deployed", status: "success" });
    expect(JSON.parse(readFileSync(done.outputs["record"] ?? "", "utf8")).result).toBe("deployed");
  });

  it.each([
    { inputs: { plan: "{}" }, told: "action is not" },
    {
      inputs: { plan: JSON.stringify({ action: "deploy" }) },
      told: "none of which holds the value of a secret",
    },
    { inputs: { plan: "no" }, told: "must be the outputs of deploy-plan" },
    { inputs: { plan: '{"action":"skip"}' }, told: "action is not" },
    { inputs: { operation: "finish" }, told: "steps: is required to finish" },
    { inputs: { operation: "finish", steps: "[]" }, told: "toJSON(steps)" },
    { inputs: { "environment-url": "javascript:alert(1)" }, told: "must be an address" },
  ])("asks nobody with inputs like $inputs", async ({ inputs, told }) => {
    const { github, plan } = await setUp();
    const result = await record(github, { plan: JSON.stringify(plan), operation: "begin", ...inputs });
    expect(result.conclusion).toBe("failure");
    expect(result.log).toContain(told);
    expect(github.journal).toEqual([]);
  });
});
