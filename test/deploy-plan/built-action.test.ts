import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { schemas } from "../../actions/deploy-plan/src/schemas.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { runAction } from "../../scripts/runner/run-action.ts";
import { type Setting, setUp } from "./setting.ts";

function start({ github, main }: Setting, inputs: Readonly<Record<string, string>> = {}) {
  return runAction({
    dir: path.join(REPOSITORY, "build/dist/deploy-plan"),
    inputs: { "github-token": github.token, ...inputs },
    env: {
      GITHUB_API_URL: github.apiUrl,
      GITHUB_REPOSITORY: github.name,
      GITHUB_EVENT_NAME: "push",
      GITHUB_REF: "refs/heads/main",
      GITHUB_SHA: main[3],
      GITHUB_ACTOR: "anna",
      GITHUB_TRIGGERING_ACTOR: "anna",
      GITHUB_RUN_ID: "77",
      GITHUB_RUN_ATTEMPT: "2",
    },
  });
}

const reportAt = (file = "") => schemas["report.schema.json"].parse(JSON.parse(readFileSync(file, "utf8")));

describe("the built action", () => {
  it("plans, reads only, and shows its token nowhere", async () => {
    const setting = await setUp();
    setting.record({ environment: "production", version: "v1", sha: setting.main[0] });
    const result = await start(setting).done;
    expect(result.ok, result.log).toBe(true);
    expect(result.outputs).toMatchObject({
      ...{ result: "deploy", action: "deploy", environment: "production" },
      ...{ version: setting.main[3], previous: "v1", run: "77/2" },
    });
    expect(reportAt(result.outputs["report"])).toMatchObject({
      result: "deploy",
      plan: { action: "deploy", previous: "v1" },
    });
    expect(result.summary).toContain("to production");
    expect(setting.github.journal.filter((call) => !/\/(get|list|compare)/.test(call))).toEqual([]);
    const left = [result.stdout.replace(/^::add-mask::.*$/gm, ""), result.stderr, result.summary].join();
    expect(left).not.toContain(setting.github.token);
  });

  it("fails with each reason when it refuses", async () => {
    const setting = await setUp();
    const result = await start(setting, { actors: "ben", "require-approval": "true" }).done;
    expect(result.conclusion).toBe("failure");
    expect(result.outputs).toMatchObject({ result: "refused", action: "", version: "" });
    const told = result.annotations.map(({ message }) => message).join("\n");
    expect(told).toContain("anna is not one of those who may deploy");
    expect(told).toContain("environment production does not exist");
    expect(reportAt(result.outputs["report"]).failures).toHaveLength(2);
  });

  it("ends at once when it is cancelled while it waits for checks", async () => {
    const setting = await setUp();
    setting.github.checks.runs.set(setting.main[3], [
      { name: "tests", status: "queued", conclusion: null, details_url: null },
    ]);
    const running = start(setting);
    setting.github.intervene(({ url }) => {
      if (url.includes("/status?")) running.cancel();
      return undefined;
    });
    const result = await running.done;
    expect(result).toMatchObject({ conclusion: "cancelled", signal: null, orphans: [] });
    expect(result.outputs["result"]).toBe("cancelled");
  });

  it("names every input that is wrong, before it asks anybody", async () => {
    const setting = await setUp();
    const result = await start(setting, { branches: "main", digest: "sha256:1", version: "a/b" }).done;
    expect(result.annotations.map(({ message }) => message).join("\n")).toMatch(/branches.*version.*digest/s);
    expect(setting.github.journal).toEqual([]);
  });
});
