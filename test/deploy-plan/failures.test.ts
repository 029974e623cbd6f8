import { describe, expect, it } from "vitest";
import { refusal, setUp } from "./setting.ts";

const everything = { "require-approval": "true" };

describe("what cannot be read", () => {
  it.each([
    ["contents: read"],
    ["deployments: read"],
    ["checks: read"],
    ["statuses: read"],
    ["actions: read"],
  ])(
    "is never taken for well: without %s it fails, and says that this is what the job needs",
    async (right) => {
      const { plan, github } = await setUp();
      github.environments.set("production", { reviewers: true });
      github.permissions.delete(right);
      const outcome = await plan(everything);
      expect(outcome.result).toBe("error");
      expect(outcome.outputs).toEqual({});
      expect(refusal(outcome)).toContain(`permissions: ${right}`);
    },
  );

  it("a token that GitHub does not know", async () => {
    const { plan } = await setUp();
    const outcome = await plan({ "github-token": "ghs_unknown" });
    expect(refusal(outcome)).toContain("GitHub does not accept the token (HTTP 401, Bad credentials)");
  });

  it("a repository that is not there", async () => {
    const { plan } = await setUp();
    expect(refusal(await plan({}, { GITHUB_REPOSITORY: "acme/other" }))).toContain("HTTP 404");
  });

  it.each([{ answer: { status: 502 } }, { answer: "drop" as const }])(
    "the server in trouble: tries again, and goes on when it is well ($answer)",
    async ({ answer }) => {
      const { plan, github, clock } = await setUp();
      let left = 3;
      github.intervene(() => (left-- > 0 ? answer : undefined));
      expect((await plan()).result).toBe("deploy");
      expect(clock.slept()).toBeGreaterThan(0);
    },
  );

  it("the server in trouble for good", async () => {
    const { plan, github } = await setUp();
    github.intervene(() => ({ status: 503 }));
    const outcome = await plan();
    expect(outcome.result).toBe("error");
    expect(refusal(outcome)).toContain("Nothing is planned on what cannot be read");
  });

  it.each(["{", "[]", '{"total_count":1}', "null", '[{"id":"1"}]'])(
    "an answer with the body %s",
    async (body) => {
      const { plan, github } = await setUp();
      github.intervene(({ url }) => (url.includes("/check-runs") ? { body } : undefined));
      const outcome = await plan();
      expect(outcome.result).toBe("error");
      expect(refusal(outcome)).toContain("a form that is not known");
    },
  );

  it("is waited for at a rate limit, and given up when that lasts beyond the deadline", async () => {
    const { plan, github, clock } = await setUp();
    const limited = (seconds: number) => ({
      status: 403,
      headers: { "retry-after": String(seconds) },
      json: { message: "You have exceeded a secondary rate limit." },
    });
    let asked = 0;
    github.intervene(() => (asked++ === 2 ? limited(60) : undefined));
    expect((await plan()).result).toBe("deploy");
    expect(clock.slept()).toBe(60_000);
    github.intervene(() => limited(7_200));
    expect(refusal(await plan())).toContain("rate limit is reached until");
  });

  it("a listing without its Link header is read on", async () => {
    const { plan, record, github } = await setUp();
    record({ environment: "production", version: "v0" });
    for (let number = 1; number <= 120; number++)
      record({ environment: "production", version: `v${number}`, states: ["failure"] });
    github.intervene((_request, work) => {
      const { headers: _dropped, ...answer } = work();
      return answer;
    });
    const dispatch = { GITHUB_EVENT_NAME: "workflow_dispatch" };
    const rollback = { operation: "rollback", environment: "production", version: "v0" };
    expect((await plan(rollback, dispatch)).outputs).toMatchObject({ version: "v0" });
  });

  it("more records than are read is an error, not an answer", async () => {
    const { plan, github, main } = await setUp();
    for (let id = 1; id <= 1_001; id++) {
      const named = { environment: "staging", task: "deploy:record", description: "" };
      github.deployments.unshift({ ...named, id, sha: main[0], payload: {}, statuses: [] });
    }
    const outcome = await plan({}, { GITHUB_REF: "refs/heads/develop" });
    expect(refusal(outcome)).toContain("there are more than 1000");
  });
});

describe("outside of a run", () => {
  it.each(["GITHUB_SHA", "GITHUB_REPOSITORY", "GITHUB_ACTOR", "GITHUB_EVENT_NAME"])(
    "it says that %s is missing",
    async (name) => {
      const { plan, github } = await setUp();
      expect((await plan({}, { [name]: "" })).result).toBe("error");
      expect(github.journal).toEqual([]);
    },
  );
});
