import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Jobs, spec } from "../../actions/jobs-verdict/src/inputs.ts";
import { schemas } from "../../actions/jobs-verdict/src/schemas.ts";
import { judge } from "../../actions/jobs-verdict/src/verdict.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { runAction } from "../../scripts/runner/run-action.ts";

const notWell = (jobs: Jobs, maySkip: readonly string[] = []) =>
  judge(jobs, maySkip).flatMap(({ job, problem }) => (problem === undefined ? [] : [job]));

describe("the verdict", () => {
  it.each([
    { name: "all passed", jobs: { a: "success", b: "success" }, maySkip: [], bad: [] },
    { name: "one failed", jobs: { a: "success", b: "failure" }, maySkip: ["b"], bad: ["b"] },
    { name: "one was cancelled", jobs: { a: "cancelled" }, maySkip: ["a"], bad: ["a"] },
    {
      name: "skipped because another failed",
      jobs: { a: "failure", b: "skipped" },
      maySkip: [],
      bad: ["a", "b"],
    },
    { name: "skipped as it may", jobs: { a: "success", b: "skipped" }, maySkip: ["b"], bad: [] },
    {
      name: "skipped as those of its name may",
      jobs: { "ios-a": "skipped", io: "skipped" },
      maySkip: ["ios*"],
      bad: ["io"],
    },
    { name: "a star in the middle is none", jobs: { abc: "skipped" }, maySkip: ["a*c"], bad: ["abc"] },
  ] as const)("$name", ({ jobs, maySkip, bad }) => {
    expect(notWell(jobs, maySkip)).toEqual(bad);
  });

  it("overlooks no job, whatever it is called", () => {
    const needs = '{ "a": { "result": "success" }, "__proto__": { "result": "failure" } }';
    expect(() => spec.needs.parse(needs)).toThrow(/another/);
  });

  it("is green only when every job passed, or was skipped and might be", () => {
    const results = fc.constantFrom("success", "failure", "cancelled", "skipped");
    const jobs = fc.dictionary(fc.stringMatching(/^[a-e]$/), results, { minKeys: 1 });
    fc.assert(
      fc.property(jobs as fc.Arbitrary<Jobs>, fc.subarray(["a", "b", "c", "d", "e"]), (given, maySkip) => {
        const well = Object.entries(given).every(
          ([job, result]) => result === "success" || (result === "skipped" && maySkip.includes(job)),
        );
        expect(notWell(given, maySkip).length === 0).toBe(well);
      }),
    );
  });

  it.each(["", "[]", "{}", "null", '"success"', '{"a":"success"}', '{"a":{"result":"ok"}}', '{"a":{}}', "{"])(
    "is not given on %j",
    (text) => {
      expect(() => spec.needs.parse(text)).toThrow(/must|holds no job/);
    },
  );
});

describe("the built action", () => {
  const start = (needs: unknown, maySkip = "") =>
    runAction({
      dir: path.join(REPOSITORY, "build/dist/jobs-verdict"),
      inputs: { needs: JSON.stringify(needs), "may-skip": maySkip },
    }).done;

  it("fails with each job that is not well, and says why", async () => {
    const outputs = { text: "x".repeat(40_000) };
    const result = await start(
      {
        test: { result: "failure", outputs },
        build: { result: "skipped", outputs: {} },
        ios: { result: "skipped", outputs: {} },
      },
      "\n  ios\n\n",
    );
    expect(result.conclusion).toBe("failure");
    expect(result.outputs).toMatchObject({ result: "failed", failed: "test\nbuild" });
    expect(result.annotations.map(({ message }) => message).join("\n")).toMatch(
      /test failed.*build was skipped/s,
    );
    const report = schemas["report.schema.json"].parse(
      JSON.parse(readFileSync(result.outputs["report"] ?? "", "utf8")),
    );
    expect(report).toMatchObject({
      result: "failed",
      jobs: [{ problem: "failed" }, {}, { job: "ios", result: "skipped" }],
    });
  });

  it("fails when nothing has run, though all of it might be skipped", async () => {
    const result = await start({ test: { result: "skipped" } }, "test");
    expect(result.conclusion).toBe("failure");
    expect(result.annotations.map(({ message }) => message).join()).toContain("No job has run");
  });

  it("passes when all is well", async () => {
    const result = await start({ test: { result: "success" } });
    expect(result.ok, result.log).toBe(true);
    expect(result.outputs).toMatchObject({ result: "passed", failed: "" });
  });
});
