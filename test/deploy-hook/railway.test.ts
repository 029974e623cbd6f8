import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Railway, startRailway } from "../support/hooks/railway.ts";
import { type Here, type Inputs, runHere } from "./run-here.ts";

let railway: Railway;
beforeAll(async () => {
  railway = await startRailway();
});
afterAll(() => railway.stop());
beforeEach(() => railway.instead(undefined));

const deploy = (inputs: Inputs = {}): Promise<Here> =>
  runHere({
    ...{ platform: "railway", "api-url": railway.apiUrl, "api-token": railway.projectToken },
    ...{ "service-id": railway.service, "answer-timeout": "2s", ...inputs },
  });
const facts = (outcome: Here) => [outcome.result, outcome.outputs["called"], outcome.outputs["status"]];
const begun = async (work: () => Promise<Here>): Promise<[Here, number]> => {
  const before = railway.deploys.length;
  const outcome = await work();
  return [outcome, railway.deploys.length - before];
};

describe("a service on Railway", () => {
  it("is deployed once with a project's token, which tells the environment, and followed", async () => {
    railway.goesThrough("INITIALIZING", "WAITING", "NEEDS_APPROVAL", "BUILDING", "DEPLOYING", "SUCCESS");
    const commit = "0123456789abcdef0123456789abcdef01234567";
    const [outcome, count] = await begun(() => deploy({ ref: commit, operation: "rollback" }));
    expect(facts(outcome)).toEqual(["live", "yes", "SUCCESS"]);
    expect(count).toBe(1);
    expect(railway.deploys.at(-1)).toMatchObject({ commit, id: outcome.outputs["deploy-id"] });
    expect(outcome.summary.join()).toContain("The rollback is live");
  });

  it("is deployed with a workspace's token and the environment", async () => {
    railway.goesThrough("SLEEPING");
    const token = { "api-token": railway.workspaceToken, "environment-id": railway.environment };
    const [outcome, count] = await begun(() => deploy(token));
    expect(facts(outcome)).toEqual(["live", "yes", "SLEEPING"]);
    expect(count).toBe(1);
  });

  it.each(["FAILED", "CRASHED", "SKIPPED", "REMOVING", "REMOVED"])("fails the step as %s", async (state) => {
    railway.goesThrough("BUILDING", state);
    expect(facts(await deploy())).toEqual(["failed", "yes", state]);
  });

  it("is not taken for live in a state that is not known", async () => {
    railway.goesThrough("PERFECT");
    expect(facts(await deploy({ timeout: "1m" }))).toEqual(["unfinished", "yes", "PERFECT"]);
  });

  it.each([
    ["the service does not exist", { "service-id": "nobody" }],
    ["the commit does not exist", { ref: "abcdef0" }],
  ])("refuses when %s, with 200 as GraphQL does", async (_what, inputs: Inputs) => {
    const [outcome, count] = await begun(() => deploy(inputs));
    expect(facts(outcome)).toEqual(["refused", "no", ""]);
    expect(count).toBe(0);
  });

  it.each([
    [
      "an error that says nothing of a refusal",
      { json: { errors: [{ message: "Problem processing request" }] } },
    ],
    ["an answer that names no deploy", { json: { data: { serviceInstanceDeployV2: null } } }],
    ["an answer that is a page", { body: "<!doctype html>" }],
    ["a gateway's 502", { status: 502 }],
  ])("leaves open whether it was deployed after %s, and is not called again", async (_what, answer) => {
    railway.instead(() => answer, "after");
    const [outcome, count] = await begun(deploy);
    expect(facts(outcome)).toEqual(["unclear", "unknown", ""]);
    expect(outcome.failures).toHaveLength(1);
    expect(count).toBe(1);
  });

  it("is not called with a token that nobody knows", async () => {
    const unnamed = await deploy({ "api-token": "wrong" });
    expect(unnamed.failures[0]?.message).toContain("environment-id: is required");
    expect(unnamed.outputs["called"]).toBe("no");
    const [outcome, count] = await begun(() =>
      deploy({ "api-token": "wrong", "environment-id": railway.environment }),
    );
    expect(facts(outcome)).toEqual(["refused", "no", ""]);
    expect(count).toBe(0);
  });

  it("is not called in another environment than the token's", async () => {
    const outcome = await deploy({ "environment-id": "another" });
    expect(outcome.failures[0]?.message).toContain("is not the environment");
    expect(outcome.outputs["called"]).toBe("no");
  });

  it("is only looked at in a dry run", async () => {
    const [outcome, count] = await begun(() => deploy({ "dry-run": "true" }));
    expect(facts(outcome)).toEqual(["planned", "no", ""]);
    expect(count).toBe(0);
  });
});
