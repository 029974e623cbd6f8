import fc from "fast-check";
import { SaxesParser } from "saxes";
import { describe, expect, it } from "vitest";
import { outcomeOf } from "../../actions/smoke-test/src/outcome.ts";
import { percentilesOf } from "../../actions/smoke-test/src/percentiles.ts";
import type { CheckResult, Results } from "../../actions/smoke-test/src/result.ts";
import { schemas } from "../../actions/smoke-test/src/schemas.ts";
import { buildReport } from "../../shared/runtime/report.ts";
import { runs } from "../support/effort.ts";
import { readJunit } from "./junit.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "]]>",
    "<!--",
    "&amp;",
    "\"'",
    "\u0000\u001b[31m",
    "\ud800",
    "|a|b|",
    "<script>",
    "::error::x",
    "\r\n",
    "é🚀",
  ),
);
const where = fc.constantFrom<CheckResult["where"]>(
  { file: 'deploy/smoke & "test".yml', line: 3, column: 5 },
  { input: "url" },
);
const check: fc.Arbitrary<CheckResult> = fc
  .record({
    name: anyText,
    kind: fc.constantFrom("get", "version", "load", "postgres"),
    status: fc.constantFrom("passed", "failed", "skipped"),
    where,
    texts: fc.array(anyText, { minLength: 1, maxLength: 3 }),
    hint: anyText,
    attempts: fc.integer({ min: 1, max: 6 }),
    durationMs: fc.integer({ min: 0, max: 100_000 }),
    seen: anyText,
  })
  .map(({ texts, ...rest }) => ({
    ...rest,
    problems: rest.status === "passed" ? [] : texts,
    totalMs: rest.durationMs,
  }));
const sample = fc.record({
  durationMs: fc.integer({ min: 1, max: 9_000 }),
  answered: fc.boolean(),
  ok: fc.boolean(),
});
const results: fc.Arbitrary<Results> = fc.record({
  checks: fc.array(check, { maxLength: 40 }),
  version: fc.option(
    fc.record({
      expected: anyText,
      seen: fc.array(fc.record({ origin: anyText, version: fc.option(anyText) }), { maxLength: 3 }),
    }),
    { nil: undefined },
  ),
  loads: fc.array(
    fc.record({ name: anyText, percentiles: fc.array(sample, { maxLength: 5 }).map(percentilesOf) }),
    { maxLength: 2 },
  ),
  durationMs: fc.integer({ min: 0, max: 1_000_000 }),
});

describe("the views of a result", () => {
  it("agree: outputs, JSON, JUnit, summary and failures tell the same numbers, whatever the texts", () => {
    fc.assert(
      fc.property(results, (found) => {
        const outcome = outcomeOf(found);
        const of = (status: string) => found.checks.filter((each) => each.status === status).length;
        const counts = { passed: of("passed"), failed: of("failed"), skipped: of("skipped") };
        expect(outcome.outputs).toMatchObject(counts);
        expect(outcome.details["counts"]).toEqual(counts);
        const junit = readJunit(outcome.files?.[0]?.content((text) => text) ?? "");
        expect(junit).toMatchObject({
          tests: found.checks.length,
          failures: counts.failed,
          skipped: counts.skipped,
          cases: found.checks.map(({ status }) => status),
        });
        const nothing = counts.passed + counts.failed === 0 ? 1 : 0;
        expect(outcome.failures).toHaveLength(counts.failed + nothing);
        expect(outcome.result).toBe(outcome.failures.length === 0 ? "passed" : "failed");
        const [title = "", line = ""] = outcome.summary;
        expect(title).toContain(outcome.result === "passed" ? "passed" : "failed");
        expect(line).toContain(`${counts.passed} passed`);
        expect(line.includes(`${counts.failed} failed`)).toBe(counts.failed > 0);
        expect(line.includes(`${counts.skipped} skipped`)).toBe(counts.skipped > 0);
      }),
      { numRuns: runs(150, 5_000) },
    );
  });

  it("keep the JUnit report whole when a secret is a word of its format", () => {
    const check = { kind: "get", where: {}, problems: [], attempts: 1, durationMs: 1, totalMs: 1 };
    const checks = [{ ...check, name: "testcase & name", status: "passed" as const }];
    const outcome = outcomeOf({ checks, version: undefined, loads: [], durationMs: 1 });
    const junit = outcome.files?.[0]?.content((text) => text.replaceAll(/testcase|name|&/g, "***"));
    expect(readJunit(junit ?? "")).toMatchObject({ tests: 1, names: ["*** *** ***"] });
  });

  it("keep the published schema of the report", () => {
    fc.assert(
      fc.property(results, (found) => {
        const facts = { action: "smoke-test", ref: "v1", startedAt: 0, finishedAt: 5, left: [] };
        const report = JSON.parse(JSON.stringify(buildReport(facts, outcomeOf(found))));
        expect(schemas["report.schema.json"].safeParse(report).error?.issues).toBeUndefined();
      }),
      { numRuns: runs(100, 3_000) },
    );
  });

  it("of a run in which nothing was checked are a failure", () => {
    const outcome = outcomeOf({ checks: [], version: undefined, loads: [], durationMs: 1 });
    expect(outcome).toMatchObject({ result: "failed", failures: [{ message: "No check was run." }] });
  });

  it("show the highest p95 of all load samples, and every version that was seen once", () => {
    const load = (durationMs: number) => ({
      name: "l",
      percentiles: percentilesOf([{ durationMs, answered: true, ok: true }]),
    });
    const version = {
      expected: "2",
      seen: [
        { origin: "a", version: "1" },
        { origin: "b", version: null },
        { origin: "c", version: "1" },
      ],
    };
    const { outputs } = outcomeOf({ checks: [], version, loads: [load(12.34), load(80.06)], durationMs: 1 });
    expect(outputs).toMatchObject({ "p95-ms": "80.1", version: "1" });
  });
});

describe("the XML parser of these tests", () => {
  it("refuses what is not well-formed", () => {
    for (const text of ["<a>", "<a b='&'/>", "<a b='<'/>", "<a>\u0001</a>", '<a b="1" b="2"/>'])
      expect(() => new SaxesParser().write(text).close()).toThrow();
  });
});
