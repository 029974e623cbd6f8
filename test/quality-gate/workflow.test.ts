import { cpSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runAct } from "../support/act.ts";
import { needs } from "../support/needs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { BUILT_ACTION } from "./built-action.ts";

const workflow = ".github/workflows/ci.yml";

/** A job whose tests and coverage come from Node's own test runner; the second gate has the first as its baseline. */
const files = {
  [workflow]: `
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: >-
          node --test --experimental-test-coverage --test-reporter=junit --test-reporter-destination=junit.xml
          --test-reporter=lcov --test-reporter-destination=lcov.info
      - id: gate
        if: \${{ !cancelled() }}
        uses: org/actions/quality-gate@v1
        with:
          reports: |
            junit.xml
            lcov.info
          rules: |
            tests.failed == 0
            coverage.lines >= 60
      - id: again
        uses: org/actions/quality-gate@v1
        with:
          reports: lcov.info
          rules: coverage.lines >= baseline
          baseline: \${{ steps.gate.outputs.report }}
      - run: echo "$RESULT, $LINES % of lines"
        env:
          RESULT: \${{ steps.again.outputs.result }}
          LINES: \${{ steps.again.outputs.coverage-lines }}
`,
  "src/cart.mjs": `export const total = (items) => items.reduce((sum, price) => sum + price, 0);
export const voucher = (sum, code) => {
  if (code === "TEN") return sum * 0.9;
  return sum;
};
`,
};

const testFile = (sum: number) => `import assert from "node:assert";
import { it } from "node:test";
import { total } from "../src/cart.mjs";
it("adds up", () => assert.equal(total([1, 2]), ${sum}));
`;

describe("a workflow with the action", needs("act"), () => {
  let release: TempDir;
  beforeAll(() => {
    release = makeTempDir("release");
    cpSync(BUILT_ACTION, path.join(release.path, "quality-gate"), { recursive: true });
  });
  afterAll(() => release.remove());
  const run = (sum: number) =>
    runAct({
      files: { ...files, "test/cart.test.mjs": testFile(sum) },
      workflow,
      repositories: { "org/actions@v1": release.path },
    });

  it("goes on where the reports pass, and takes the report of one gate as the baseline of another", async () => {
    const result = await run(3);
    expect(result.exitCode, result.log).toBe(0);
    expect(result.output).toMatch(/passed, \d+(?:\.\d+)? % of lines/);
  });

  it("fails where a test has failed, with the error at the line of the assertion", async () => {
    const result = await run(4);
    expect(result.jobs).toEqual({ test: "failure" });
    const errors = result.lines.filter(({ command }) => command === "error");
    expect(errors.map(({ arg }) => arg)).toEqual([
      expect.stringMatching(/^tests.failed == 0: 1 is not == 0/),
      expect.stringContaining("3 == 4"),
    ]);
    expect(errors[1]?.kvPairs).toMatchObject({
      file: "test/cart.test.mjs",
      line: "4",
      title: "Test failed: adds up",
    });
  });
});
