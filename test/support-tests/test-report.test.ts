import { describe, expect, it } from "vitest";
import type { RunOutcome, TestOutcome } from "../../scripts/test/outcome.ts";
import { reportRun } from "../../scripts/test/report.ts";
import { soakReport } from "../../scripts/test/soak-report.ts";

function test(state: TestOutcome["state"], more: Partial<TestOutcome> = {}): TestOutcome {
  return {
    file: "test/a.test.ts",
    name: "does it",
    state,
    durationMs: 5,
    cases: undefined,
    needs: [],
    ...more,
  };
}

function outcome(...tests: TestOutcome[]): RunOutcome {
  return { tests, otherFailures: 0 };
}

const noRedis = { name: "redis", command: "sudo apt-get install -y redis-server", reason: "not root" };
const skipped = test("skipped", { needs: ["redis"] });

describe("the last line of a test run", () => {
  it.each([
    ["2 passed, 0 failed", true, outcome(test("passed"), test("passed"))],
    ["1 passed, 1 failed", false, outcome(test("passed"), test("failed"))],
    ["1 passed, 0 failed, 1 skipped", true, outcome(test("passed"), test("skipped"))],
    ["1 passed, 2 failed", false, { tests: [test("passed")], otherFailures: 2 }],
    ["0 passed, 1 failed", false, outcome()],
    ["0 passed, 1 failed, 1 skipped", false, outcome(test("skipped"))],
  ] as const)("is %s", (line, ok, run) => {
    const report = reportRun(run, [], false);
    expect(report.lines.at(-1)).toBe(line);
    expect(report.ok).toBe(ok);
  });
});

describe("a missing part", () => {
  const run = outcome(test("passed"), skipped, skipped);

  it("is named with the tests that wanted it, the command that supplies it and why it is not there", () => {
    const { lines, ok } = reportRun(run, [noRedis], false);
    expect(lines).toContain("  redis: 2 tests. To supply it: sudo apt-get install -y redis-server");
    expect(lines).toContain("      not installed: not root");
    expect(ok).toBe(true);
  });

  it("is a failure in CI", () => {
    const { lines, ok } = reportRun(run, [noRedis], true);
    expect(lines.at(-1)).toBe("1 passed, 1 failed, 2 skipped");
    expect(ok).toBe(false);
  });

  it("is none where that part is only installed on asking; it is named all the same", () => {
    const { lines, ok } = reportRun(run, [], true, ["redis"]);
    expect(lines).toContain("  redis: 2 tests. To supply it: npm run setup -- redis");
    expect(lines.at(-1)).toBe("1 passed, 0 failed, 2 skipped");
    expect(ok).toBe(true);
  });

  it("is not mentioned where no test wanted it", () => {
    const { lines, ok } = reportRun(outcome(test("passed")), [noRedis], true);
    expect(lines.join("\n")).not.toContain("redis");
    expect(ok).toBe(true);
  });
});

describe("the slowest tests", () => {
  it("are the ten longest that ran, longest first", () => {
    const tests = Array.from({ length: 15 }, (_, n) =>
      test("passed", { name: `t${n}.`, durationMs: n * 100 }),
    );
    const { lines } = reportRun(
      outcome(...tests, test("skipped", { name: "none", durationMs: 9_999 })),
      [],
      false,
    );
    const named = lines.filter((line) => line.includes(" s  ")).map((line) => /t\d+/.exec(line)?.[0]);
    expect(named).toEqual(["t14", "t13", "t12", "t11", "t10", "t9", "t8", "t7", "t6", "t5"]);
  });
});

describe("the report of a soak", () => {
  const rowsOf = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("| test/"));
  const first = soakReport({
    outcome: outcome(
      test("passed", { file: "test/b.test.ts", cases: 500, durationMs: 2_000 }),
      test("failed", { durationMs: 1_000 }),
      test("passed", { durationMs: 1_000 }),
      test("skipped"),
    ),
    ...{ date: new Date("2026-01-02T03:04:05Z"), machine: "2 cores", before: "", isThere: () => true },
  });

  it("has the machine and a row for each file", () => {
    expect(first).toContain("The machine of 2026-01-02: 2 cores.\n");
    expect(rowsOf(first)).toEqual([
      "| test/a.test.ts | 3 | 2 | 1 passed, 1 failed, 1 skipped | 2.0 | 2026-01-02 |",
      "| test/b.test.ts | 1 | 500 | 1 passed | 2.0 | 2026-01-02 |",
    ]);
  });

  it("keeps the rows of files that did not run this time, and not of those that are gone", () => {
    const next = (isThere: (file: string) => boolean): string =>
      soakReport({
        outcome: outcome(test("passed", { file: "test/0.test.ts", durationMs: 3_000 }), test("passed")),
        ...{ date: new Date("2026-02-03T00:00:00Z"), machine: "4 cores", before: first, isThere },
      });
    const expected = [
      "| test/0.test.ts | 1 | 1 | 1 passed | 3.0 | 2026-02-03 |",
      expect.stringMatching(/^\| test\/a\.test\.ts \| 1 \| 1 \| 1 passed \| .* \| 2026-02-03 \|$/),
    ];
    expect(rowsOf(next(() => true))).toEqual([...expected, rowsOf(first)[1]]);
    expect(rowsOf(next((file) => file !== "test/b.test.ts"))).toEqual(expected);
  });
});
