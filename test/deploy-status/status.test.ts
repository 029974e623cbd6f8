import { describe, expect, it, onTestFinished } from "vitest";
import { spec } from "../../actions/deploy-status/src/inputs.ts";
import { run } from "../../actions/deploy-status/src/run.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { addRecord, type Recorded } from "../support/github-repository/records.ts";
import { type GitHubRepository, startGitHubRepository } from "../support/github-repository/server.ts";
import { runInProcess } from "../support/in-process.ts";

type Deploy = Omit<Recorded, "environment">;

async function setUp(): Promise<GitHubRepository> {
  const github = await startGitHubRepository();
  onTestFinished(async () => {
    await github.stop();
    expect(github.misuses).toEqual([]);
  });
  return github;
}

async function ask(github: GitHubRepository, environments: string): Promise<Outcome> {
  const given = { environments, "github-token": github.token, timeout: "1m" };
  const env = { GITHUB_API_URL: github.apiUrl, GITHUB_REPOSITORY: github.name };
  return (await runInProcess({ spec, run }, given, { env })).outcome;
}

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

describe("what is in use in an environment", () => {
  it.each<{ deploys: Deploy[]; versions: string; live: string }>([
    { deploys: [{ version: "v1" }], versions: "v1", live: "v1" },
    { deploys: [{ version: "v1" }, { version: "v2" }, { version: "v3" }], versions: "v3,v2", live: "v3" },
    // A success stays one when GitHub adds `inactive` to it later.
    {
      deploys: [{ version: "v1", states: ["success", "inactive"] }, { version: "v2" }],
      versions: "v2,v1",
      live: "v2",
    },
    {
      deploys: [{ version: "v1" }, { version: "v2" }, { version: "v3", states: ["in_progress", "failure"] }],
      versions: "v2,v1",
      live: "v2",
    },
    {
      deploys: [{ version: "v1" }, { version: "v2" }, { version: "v3", states: ["in_progress"] }],
      versions: "v3,v2,v1",
      live: "v2",
    },
    {
      deploys: [{ version: "v1" }, { version: "v2" }, { version: "v3", states: ["in_progress", "error"] }],
      versions: "v3,v2,v1",
      live: "v2",
    },
    {
      deploys: [{ version: "v1" }, { version: "v2" }, { version: "v1", operation: "rollback" }],
      versions: "v1",
      live: "v1",
    },
  ])("is $versions", async ({ deploys, versions, live }) => {
    const github = await setUp();
    for (const deploy of deploys) addRecord(github, { environment: "production", ...deploy });
    const { outputs } = await ask(github, "production");
    expect(outputs).toMatchObject({ versions, live: JSON.stringify({ production: live }) });
  });

  it("is that of all environments, each digest once, and nothing of others", async () => {
    const github = await setUp();
    const shared = { version: "v1", digest: digest("a") };
    addRecord(github, { environment: "staging", ...shared });
    addRecord(github, { environment: "production", ...shared });
    addRecord(github, { environment: "staging", version: "v2", digest: digest("b") });
    addRecord(github, { environment: "other", version: "v3", digest: digest("c") });
    const { outputs } = await ask(github, "production, staging");
    expect(outputs).toMatchObject({ versions: "v1,v2", digests: `${digest("a")}\n${digest("b")}` });
  });

  it("is an error, never nothing, where no record says it", async () => {
    const github = await setUp();
    addRecord(github, { environment: "production", version: "v1" });
    addRecord(github, { environment: "staging", version: "v1", states: ["in_progress"] });
    await expect(ask(github, "production, staging")).rejects.toThrow("has succeeded in staging");
    await expect(ask(github, " , ")).rejects.toThrow("input environments");
    github.permissions.delete("deployments: read");
    await expect(ask(github, "production")).rejects.toMatchObject({
      hint: expect.stringContaining("deployments: read"),
    });
  });
});
