import { expect, it } from "vitest";
import { setUp } from "./setting.ts";

it("deploys a pushed branch to its environment", async () => {
  const { plan, main } = await setUp();
  const outcome = await plan();
  expect(outcome.failures).toEqual([]);
  expect(outcome.outputs).toEqual({
    action: "deploy",
    environment: "production",
    version: main[3],
    sha: main[3],
    digest: "",
    previous: "",
    "previous-sha": "",
    "previous-digest": "",
    reason: "branch main goes to production.",
    run: "77/1",
  });
});
