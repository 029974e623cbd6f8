import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buildActions } from "../../scripts/build.ts";
import { runChild } from "../../scripts/bundle/child.ts";
import { filesUnder } from "../../scripts/bundle/repository.ts";
import { CHECKS, runChecks } from "../../scripts/check.ts";
import { newAction } from "../../scripts/new-action.ts";
import type { ScratchRepository } from "./scratch-repository.ts";
import { makeSoundRepository } from "./sound-repository.ts";

let scratch: ScratchRepository;
beforeEach(async () => {
  scratch = await makeSoundRepository({ shared: true });
});
afterEach(() => scratch.remove());

describe("a new action", () => {
  it("builds, passes the checks and its own tests, and stands in the catalog", {
    timeout: 180_000,
  }, async () => {
    const files = await newAction(scratch.root, "cache-warm-up");
    expect(files.sort()).toEqual([
      "actions/cache-warm-up/README.md",
      "actions/cache-warm-up/action.yml",
      "actions/cache-warm-up/src/inputs.ts",
      "actions/cache-warm-up/src/main.ts",
      "actions/cache-warm-up/src/run.ts",
      "actions/cache-warm-up/src/schemas.ts",
      "test/cache-warm-up/cache-warm-up.test.ts",
    ]);
    expect(scratch.read("action-catalog.md")).toContain("\n## cache-warm-up\n");
    expect(scratch.read("actions/cache-warm-up/action.yml")).toContain("name: Cache warm up\n");

    const lines: string[] = [];
    const failed = await runChecks(scratch.root, CHECKS, (line) => lines.push(line));
    expect(failed, lines.join("\n")).toEqual([]);

    const vitest = path.join(scratch.root, "node_modules/vitest/vitest.mjs");
    const tests = await runChild(process.execPath, [vitest, "run"], { cwd: scratch.root });
    expect(tests.code, tests.stdout + tests.stderr).toBe(0);
    expect(tests.stdout).toContain("cache-warm-up.test.ts");

    await buildActions({ root: scratch.root, outDir: "dist", names: ["cache-warm-up"] });
    expect(await filesUnder(path.join(scratch.root, "dist/cache-warm-up"))).toContain("report.schema.json");
    scratch.write({ "temp/output": "", "temp/summary": "" });
    const temp = path.join(scratch.root, "temp");
    const run = await runChild(process.execPath, ["dist/cache-warm-up/index.js"], {
      cwd: scratch.root,
      env: {
        INPUT_EXPECTED: "1",
        INPUT_ACTUAL: "1",
        INPUT_TIMEOUT: "5m",
        RUNNER_TEMP: temp,
        GITHUB_OUTPUT: path.join(temp, "output"),
        GITHUB_STEP_SUMMARY: path.join(temp, "summary"),
      },
    });
    expect(run, run.stdout + run.stderr).toMatchObject({ code: 0 });
    expect(scratch.read("temp/output")).toMatch(/^result\b.*\npassed\n/);
  });

  it.each(["Upper", "two_words", "-dash", "dash-", "1st", "", "../up", "a--b"])(
    "cannot be named %j",
    async (name) => {
      await expect(newAction(scratch.root, name)).rejects.toThrow("cannot be the name of an action");
    },
  );

  it.each([
    { name: "greet", taken: "actions/greet" },
    { name: "docs", taken: "docs" },
  ])("cannot take the name $name, and nothing is written", async ({ name, taken }) => {
    const before = await filesUnder(scratch.root);
    await expect(newAction(scratch.root, name)).rejects.toThrow(
      `The name ${name} is taken: there is ${taken}.`,
    );
    expect(await filesUnder(scratch.root)).toEqual(before);
  });
});
