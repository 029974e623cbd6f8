import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Context } from "../../actions/telegram-notify/src/context.ts";
import { type Facts, gatherFacts } from "../../actions/telegram-notify/src/facts.ts";
import { makeEvent } from "../../actions/telegram-notify/src/make-event.ts";
import type { Status } from "../../actions/telegram-notify/src/status.ts";
import { GitHubClient } from "../../shared/github/client.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";

const sha = "b".repeat(40);
const base = "/repos/acme/shop/actions";
let github: HttpServer;
let logs: HttpServer;
let answers: Record<string, unknown>;

const run = (number: number, more: object = {}) => ({
  id: number,
  run_number: number,
  run_attempt: 1,
  workflow_id: 9,
  head_branch: "main",
  head_sha: String(number).repeat(40),
  head_repository: { full_name: "acme/shop" },
  status: "completed",
  conclusion: "success",
  ...more,
});
const step = (name: string, conclusion: string | null) => ({ name, conclusion });

beforeAll(async () => {
  logs = await startHttpServer(() => ({
    body: "2026-01-01T00:00:00.0000000Z ##[error]cannot find module cart\n",
  }));
  github = await startHttpServer(({ url }) => {
    const path = url.replace(/[?&]page=1$/, "").replace(/\?.*/, "");
    if (path.endsWith("/logs")) return { status: 302, headers: { location: `${logs.origin}/log` } };
    return path in answers
      ? { json: answers[path] }
      : { status: 403, json: { message: "Resource not accessible" } };
  });
});
afterAll(async () => {
  await github.stop();
  await logs.stop();
});
afterEach(() => {
  answers = {};
});

const context: Context = {
  apiUrl: "",
  serverUrl: "https://github.com",
  repository: "acme/shop",
  workflow: "deploy",
  job: "notify",
  runId: "5",
  runNumber: "5",
  runAttempt: "1",
  branch: "main",
  actor: "robin",
  commit: { sha, title: "", author: "" },
  compareUrl: "",
};

async function gather(status: Status, more: Partial<Context> = {}): Promise<Facts> {
  const { signal } = new AbortController();
  const client = new GitHubClient({ apiUrl: github.origin, token: "token-of-test", env: {}, signal });
  try {
    return await gatherFacts(client, { ...context, ...more }, status, signal);
  } finally {
    client.close();
  }
}

const earlierOf = async (runs: readonly object[], mine: object = {}): Promise<Facts["earlier"]> => {
  answers = {
    [`${base}/runs/5`]: run(5, { status: "in_progress", conclusion: null, ...mine }),
    [`${base}/workflows/9/runs`]: { workflow_runs: runs },
    ...answers,
  };
  return (await gather("success")).earlier;
};

describe("the run before", () => {
  it.each<[string, readonly object[], Facts["earlier"]]>([
    [
      "is the last that succeeded",
      [run(4), run(3, { conclusion: "failure" })],
      { succeeded: true, sha: "4".repeat(40) },
    ],
    [
      "is the last that failed",
      [run(3), run(4, { conclusion: "timed_out" })],
      { succeeded: false, sha: "4".repeat(40) },
    ],
    [
      "is none that was cancelled or skipped",
      [run(4, { conclusion: "cancelled" }), run(3, { conclusion: "failure" })],
      { succeeded: false, sha: "3".repeat(40) },
    ],
    [
      "is none that still runs",
      [run(4, { status: "in_progress", conclusion: null }), run(3)],
      { succeeded: true, sha: "3".repeat(40) },
    ],
    [
      "is not this one, nor a later one",
      [run(6, { conclusion: "failure" }), run(5, { conclusion: "failure" })],
      undefined,
    ],
    [
      "is none of a fork with a branch of the same name",
      [run(4, { conclusion: "failure", head_repository: { full_name: "fork/shop" } })],
      undefined,
    ],
    ["is nothing where there was none", [], undefined],
  ])("%s", async (_, runs, earlier) => {
    expect(await earlierOf(runs)).toEqual(earlier);
  });

  it("is the attempt before this one", async () => {
    answers = { [`${base}/runs/5/attempts/1`]: run(5, { conclusion: "failure" }) };
    expect(await earlierOf([run(4)], { run_attempt: 2 })).toEqual({ succeeded: false, sha: "5".repeat(40) });
  });

  it("is unknown when GitHub does not tell", async () => {
    answers = {};
    const facts = await gather("success");
    expect(facts.earlier).toBe("unknown");
    expect(facts.gaps).toEqual([
      expect.stringMatching(/^the run: HTTP 403: Resource not accessible; does the job have actions: read/),
      expect.stringMatching(/^the commit: /),
    ]);
    expect(makeEvent(told("success"), context, facts, 0).transition).toBeUndefined();
  });
});

const told = (status: Status) => ({
  status,
  needs: undefined,
  title: "",
  message: "",
  fields: [],
  environment: "",
  environmentUrl: "",
  version: "",
});

describe("what failed", () => {
  it("is named by job, step and the first error of the log, whose server does not see the token", async () => {
    answers[`${base}/runs/5/attempts/1/jobs`] = {
      total_count: 4,
      jobs: [
        {
          id: 1,
          name: "build",
          html_url: "https://github.com/j/1",
          status: "completed",
          conclusion: "failure",
          steps: [step("Set up", "success"), step("Compile", "failure")],
        },
        {
          id: 2,
          name: "lint",
          html_url: "https://github.com/j/2",
          status: "completed",
          conclusion: "success",
          steps: [],
        },
        {
          id: 3,
          name: "notify",
          html_url: "https://github.com/j/3",
          status: "in_progress",
          conclusion: null,
          steps: [step("Deploy", "failure"), step("Tell", null)],
        },
        { id: 4, name: "gone", html_url: null, status: "completed", conclusion: "skipped", steps: [] },
      ],
    };
    const { failed } = await gather("failure");
    expect(failed).toEqual([
      { job: "build", step: "Compile", error: "cannot find module cart", url: "https://github.com/j/1" },
      { job: "notify", step: "Deploy", error: "", url: "https://github.com/j/3" },
    ]);
    expect(logs.requests.length).toBeGreaterThan(0);
    for (const { headers } of logs.requests) expect(headers.authorization).toBeUndefined();
    for (const { headers } of github.requests) expect(headers.authorization).toBe("Bearer token-of-test");
  });

  it("is not asked for when nothing did", async () => {
    const before = github.requests.length;
    await gather("success");
    expect(github.requests.slice(before).filter(({ url }) => url.includes("/jobs"))).toEqual([]);
  });

  it("is the ids of the jobs when GitHub does not tell", async () => {
    const needs = [
      { job: "build", result: "failure" },
      { job: "lint", result: "success" },
    ] as const;
    const event = makeEvent({ ...told("failure"), needs }, context, await gather("failure"), 0);
    expect(event.failed).toEqual([{ job: "build", step: "", error: "", url: "" }]);
  });
});

describe("an event", () => {
  it("has the commit, the time and the changes since the last run, where the runner does not say", async () => {
    answers = {
      [`${base}/runs/5`]: run(5, {
        status: "in_progress",
        conclusion: null,
        run_started_at: "2026-01-01T00:00:00Z",
      }),
      [`${base}/workflows/9/runs`]: { workflow_runs: [run(4, { conclusion: "failure" })] },
      [`/repos/acme/shop/commits/${sha}`]: {
        commit: { message: "Fix it\n\nlong", author: { name: "Robin" } },
      },
    };
    const event = makeEvent(
      told("success"),
      context,
      await gather("success"),
      Date.parse("2026-01-01T00:01:00Z"),
    );
    expect(event).toMatchObject({
      transition: "recovered",
      durationMs: 60_000,
      commit: { title: "Fix it", author: "Robin", url: `https://github.com/acme/shop/commit/${sha}` },
      run: { url: "https://github.com/acme/shop/actions/runs/5" },
      compareUrl: `https://github.com/acme/shop/compare/${"4".repeat(40)}...${sha}`,
    });
  });
});
