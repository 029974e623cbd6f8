import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Deployment } from "../../actions/blue-green-switch/src/deployment.ts";
import type { Runtime } from "../../shared/runtime/action.ts";
import { needs } from "../support/needs.ts";
import { type GitHubDeployments, startGitHubDeployments } from "./github-deployments.ts";
import { type ShopHost, startShopHost, switchOn } from "./shop-host.ts";

const SHA = "0123456789abcdef0123456789abcdef01234567";
const COMMIT = "f".repeat(40);
const SHORT = { stability: "200ms", settle: "0s", drain: "0s" };

// Each test goes on from what the one before it has left.
describe("a deployment on GitHub", { ...needs("sshd", "nginx"), timeout: 60_000 }, () => {
  let host: ShopHost;
  let github: GitHubDeployments;
  beforeAll(async () => {
    host = await startShopHost();
  }, 60_000);
  beforeEach(async () => {
    host.behave("well");
    await github?.stop();
    github = await startGitHubDeployments("acme/shop");
  });
  afterAll(async () => {
    await github?.stop();
    await host.stop();
  });

  const deploy = (inputs: Record<string, string>, config = {}) =>
    switchOn(
      host,
      { environment: "production", "github-token": github.token, ...inputs },
      { ...SHORT, ...config },
      {
        GITHUB_API_URL: github.url,
        GITHUB_SERVER_URL: "https://github.example",
        GITHUB_REPOSITORY: "acme/shop",
        GITHUB_RUN_ID: "7",
        GITHUB_SHA: SHA,
      },
    );
  const states = () => github.deployments.map(({ statuses }) => statuses.map(({ state }) => state));

  it("is created for the commit, is in progress, and ends as the deploy does", async () => {
    expect((await deploy({ release: COMMIT }).done).outputs["result"]).toBe("deployed");
    host.behave("sick-later");
    const sick = await deploy({ release: "r2" }, { stability: "3s" }).done;
    expect(sick.outputs["result"]).toBe("rolled-back");
    expect(github.problems).toEqual([]);
    expect(github.deployments).toMatchObject(
      [
        {
          ...{ ref: COMMIT, environment: "production", description: `blue-green-switch: ${COMMIT}` },
          statuses: [
            { state: "in_progress", description: `${COMMIT} is being deployed` },
            {
              state: "success",
              description: `${COMMIT} is live`,
              log_url: "https://github.example/acme/shop/actions/runs/7",
            },
          ],
        },
        {
          ref: SHA,
          description: "blue-green-switch: r2",
          statuses: [{ state: "in_progress" }, { state: "failure", description: /Three requests in a row/ }],
        },
      ].map((each) => ({ ...each, statuses: each.statuses.map(matching) })),
    );
    expect(sick.annotations.filter(({ level }) => level === "warning")).toEqual([]);
  });

  it("is about the commit that a rollback brings back", async () => {
    await deploy({ release: "r4" }).done;
    await deploy({ operation: "rollback" }).done;
    expect(github.problems).toEqual([]);
    expect(github.deployments.map(({ ref }) => ref)).toEqual([SHA, COMMIT]);
    expect(states()[1]).toEqual(["in_progress", "success"]);
  });

  it("does not stay in progress when the run is cancelled or only holds", async () => {
    const held = await deploy({ release: "r5", hold: "true" }, { stability: "4s" }).done;
    expect(held.outputs["result"]).toBe("held");
    const gone = deploy({ release: "r5" });
    await gone.seen(/ switched /);
    gone.cancel();
    expect((await gone.done).conclusion).toBe("cancelled");
    expect(states()).toEqual([
      ["in_progress", "inactive"],
      ["in_progress", "error"],
    ]);
    await host.settled();
  });

  it("that the token may not record is a warning, and the deploy goes on", async () => {
    github.broken = 403;
    const { outputs, conclusion, annotations } = await deploy({ release: "r-403" }).done;
    expect({ conclusion, result: outputs["result"] }).toEqual({ conclusion: "success", result: "deployed" });
    expect(annotations.map(({ level, message }) => ({ level, message }))).toEqual([
      {
        level: "warning",
        message: expect.stringMatching(/HTTP 403: Resource not accessible.*permissions: deployments: write/),
      },
    ]);
  });

  it.each([
    ["404", 404, /HTTP 404.*permissions: deployments: write/],
    ["500", 500, /HTTP 500: .*[^e]$/],
    ["something else", 201, /an unknown answer/],
    ["nothing", "silent", /no answer within 300 ms/],
  ] as const)("that GitHub answers with %s ends with a warning", async (_what, broken, said) => {
    github.broken = broken;
    const undo: (() => unknown)[] = [];
    const runtime = {
      env: { GITHUB_API_URL: github.url, GITHUB_REPOSITORY: "acme/shop", GITHUB_SHA: SHA },
      defer: (_: string, each: () => unknown) => undo.push(each),
    } as unknown as Runtime;
    const deployment = new Deployment({ environment: "e", token: github.token, release: "r1" }, runtime);
    expect(await deployment.end("deployed", "r1 is live", broken === "silent" ? 300 : 10_000)).toMatch(said);
    for (const each of undo) await each();
  });

  it("that GitHub never answers does not keep the switch waiting", async () => {
    github.broken = "silent";
    const running = deploy({ release: "r6" });
    await running.seen(/r6 is live on/);
    running.cancel();
    await running.done;
    await host.settled();
    expect((await host.served()).text).toContain("r6");
  });
});

function matching<T extends { readonly description?: string | RegExp }>(status: T) {
  return status.description instanceof RegExp
    ? { ...status, description: expect.stringMatching(status.description) }
    : status;
}
