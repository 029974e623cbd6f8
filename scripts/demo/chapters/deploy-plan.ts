import { addRecord } from "../../../test/support/github-repository/records.ts";
import {
  type GitHubRepository,
  startGitHubRepository,
} from "../../../test/support/github-repository/server.ts";
import { type Render, startRender } from "../../../test/support/hooks/render.ts";
import { type HttpServer, startHttpServer } from "../../../test/support/http-server.ts";
import type { Chapter, Step } from "../chapter.ts";

/** A deploy from the push to the record, one that goes back, and what a plan refuses. */
export const deployPlan: Chapter = {
  name: "deploy-plan",
  title: "From a push to a proven deploy, and back",
  about:
    "The steps of the reusable workflow deploy.yml one after the other: deploy-plan, deploy-record, deploy-hook and " +
    "smoke-test, on stand-ins for GitHub's API and a platform with deploy hooks. What answers is what was deployed last.",
  otherActions: ["deploy-record", "deploy-hook", "smoke-test"],
  steps,
};

async function* steps(): AsyncGenerator<Step> {
  const github = await startGitHubRepository();
  const render = await startRender();
  const sick = new Set<string>();
  const shop = await startHttpServer(() => {
    const release = render.deploys.at(-1)?.ref ?? "";
    return { status: sick.has(release) ? 500 : 200, json: { release } };
  });
  try {
    yield* story({ github, render, shop, sick });
  } finally {
    await Promise.all([shop.stop(), render.stop(), github.stop()]);
  }
}

type World = {
  readonly github: GitHubRepository;
  readonly render: Render;
  readonly shop: HttpServer;
  readonly sick: Set<string>;
};

type Making = Pick<Step, "action" | "with" | "env" | "secrets">;

async function* story(world: World): AsyncGenerator<Step> {
  const { github, render, sick } = world;
  const before = github.commits.add("before");
  const first = github.commits.add("first", before);
  const second = github.commits.add("second", first);
  const third = github.commits.add("third", second);
  github.branches.set("main", third);
  addRecord(github, { environment: "production", version: first, sha: first });
  const make = makerOf(world);
  const outputs = (version: string) => ({
    ...{ action: "deploy", environment: "production", version, sha: version, digest: "", previous: first },
    run: "77/1",
  });

  yield {
    title: "The plan of a push",
    why: "The branch says where it goes, the records say what is live, and nothing stands in the way.",
    ...make.plan(second),
    expected: { conclusion: "success", outputs: { action: "deploy", version: second, previous: first } },
  };
  yield {
    title: "An old run is started again",
    why: "Its commit is older than what is live: it would go back without anybody having decided that.",
    ...make.plan(before),
    expected: { conclusion: "failure", because: [/ is older than .* which is live/] },
  };
  yield {
    title: "An approval that does not exist",
    why: "The team believes that somebody is asked. In its plan of GitHub nobody is, and the deploy would just go on.",
    ...make.plan(second, { "require-approval": "true" }),
    expected: {
      conclusion: "failure",
      because: [/^require-approval: environment production does not exist/],
    },
  };
  yield {
    title: "A rollback without a past",
    why: "Nothing older has proved itself. It fails instead of guessing.",
    ...make.plan(second, { operation: "rollback", environment: "production" }),
    expected: { conclusion: "failure", because: [/^There is nothing to roll back to/] },
  };
  yield {
    title: "The hook is called once",
    why: "The new version is built by the platform, and followed to its end.",
    ...make.hook(second, "deploy"),
    expected: { conclusion: "success", outputs: { result: "live", called: "yes" } },
  };
  sick.add(second);
  yield {
    title: "The new version is sick",
    why: "The platform calls it live. From outside it answers with errors.",
    ...make.smoke(second),
    expected: { conclusion: "failure", because: [/500/, /./] },
  };
  yield {
    title: "Back to what was live",
    why: "The same hook, with the commit of the version before.",
    ...make.hook(first, "rollback"),
    expected: { conclusion: "success", outputs: { result: "live", called: "yes" } },
  };
  yield {
    title: "And that is proven, too",
    why: "Only what answers with the old version counts as rolled back.",
    ...make.smoke(first),
    expected: { conclusion: "success", outputs: { result: "passed", version: first } },
  };
  const ended = { hook: "success", smoke: "failure", "back-hook": "success", prove: "success" };
  yield {
    title: "The record stays red",
    why: "A deploy that was rolled back well has failed all the same, and what was bad is not recorded as proven.",
    ...make.record(outputs(second), ended),
    expected: { conclusion: "failure", because: [/was bad and is gone from production; .* is live again/] },
  };
  render.goesThrough("live");
}

function makerOf({ github, render, shop }: World) {
  const secrets = { GITHUB_TOKEN: github.token, DEPLOY_HOOK: render.hook, PLATFORM_TOKEN: render.apiKey };
  const run = (sha: string) => ({
    ...{ GITHUB_API_URL: github.apiUrl, GITHUB_REPOSITORY: github.name, GITHUB_SHA: sha },
    ...{ GITHUB_REF: "refs/heads/main", GITHUB_EVENT_NAME: "push", GITHUB_RUN_ID: "77" },
  });
  return {
    plan: (sha: string, inputs: Readonly<Record<string, string>> = {}): Making => ({
      action: "deploy-plan",
      with: { "github-token": github.token, ...inputs },
      env: run(sha),
      secrets,
    }),
    hook: (ref: string, operation: "deploy" | "rollback"): Making => ({
      action: "deploy-hook",
      with: {
        ...{ platform: "render", operation, ref, "hook-url": render.hook, "api-token": render.apiKey },
        ...{ "api-url": render.apiUrl, interval: "100ms" },
      },
      env: {},
      secrets,
    }),
    smoke: (version: string): Making => ({
      action: "smoke-test",
      with: {
        ...{ url: shop.origin, "expect-version": version, "version-json": "$.release" },
        ...{ retries: "1", interval: "100ms" },
      },
      env: {},
      secrets: {},
    }),
    record: (plan: object, outcomes: Readonly<Record<string, string>>): Making => ({
      action: "deploy-record",
      with: {
        operation: "finish",
        "github-token": github.token,
        "job-status": "failure",
        plan: JSON.stringify(plan),
        steps: JSON.stringify(
          Object.fromEntries(Object.entries(outcomes).map(([id, outcome]) => [id, { outcome, outputs: {} }])),
        ),
      },
      env: run(""),
      secrets,
    }),
  };
}
