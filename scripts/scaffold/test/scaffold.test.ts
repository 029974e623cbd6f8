import { describe, expect, it } from "vitest";
import { createLogger } from "../../../shared/runtime/logger.ts";
import { judge, run } from "../src/run.ts";

describe("the verdict", () => {
  it.each([
    { expected: "1", actual: "1", failures: 0 },
    { expected: "1", actual: "2", failures: 1 },
    { expected: "1", actual: "1.0", failures: 1 },
  ])("has $failures failures for $expected and $actual", ({ expected, actual, failures }) => {
    expect(judge({ expected, actual })).toHaveLength(failures);
  });

  it("names both values, and what to do", () => {
    expect(judge({ expected: "one", actual: "two" })[0]).toMatchObject({
      message: 'Expected "one" and found "two".',
      hint: expect.stringMatching(/./),
    });
  });
});

describe("a run", () => {
  it("fails exactly when the verdict does, and says so in log and summary", async () => {
    const lines: string[] = [];
    const log = createLogger({ write: (text) => lines.push(text), clean: (text) => text });
    const outcome = await run({ expected: "one", actual: "two", timeout: 1_000 }, { log });
    expect(outcome.result).toBe("failed");
    expect(outcome.failures).toEqual(judge({ expected: "one", actual: "two" }));
    expect(outcome.summary.join("\n")).toContain("scaffold");
    expect(lines).toEqual(["expected=one actual=two result=failed\n"]);
  });
});
