import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judge } from "../../actions/quality-gate/src/rules/judge.ts";
import { METRICS } from "../../actions/quality-gate/src/rules/metric.ts";
import { formatValue } from "../../actions/quality-gate/src/rules/quantity.ts";
import { parseRule } from "../../actions/quality-gate/src/rules/rule.ts";
import { problemsOfRules } from "../../actions/quality-gate/src/rules/rule-set.ts";
import { runs } from "../support/effort.ts";

type Base = Readonly<Record<string, number>>;

function statusOf(text: string, value: number | undefined, baseline?: Base, acceptMissingBaseline = false) {
  const rule = parseRule(text, ["app"]);
  const measured = new Map(value === undefined ? [] : [[rule.metric.name, { value, sources: ["r"] }]]);
  const base = baseline === undefined ? undefined : new Map(Object.entries(baseline));
  const [judged] = judge([rule], { measured, baseline: base, acceptMissingBaseline });
  return judged;
}

describe("a rule", () => {
  it.each([
    ["coverage.lines >= 80", 80, "held"],
    ["coverage.lines >= 80", 79.9999, "broken"],
    ["coverage.lines >= 80%", 80, "held"],
    ["coverage.lines>=80", 80.1, "held"],
    ["coverage.lines > 80", 80, "broken"],
    ["security.critical == 0", 0, "held"],
    ["security.critical == 0", 1, "broken"],
    ["security.high < 5", 4, "held"],
    ["security.high < 5", 5, "broken"],
    ["perf.p95 < 500ms", 499.9, "held"],
    ["perf.p95 < 500 ms", 500, "broken"],
    ["perf.p95 <= 1.5s", 1_500, "held"],
    ["perf.p95 < 1m", 59_999, "held"],
    ["perf.errors < 5%", 4.99, "held"],
    ["perf.errors < 5%", 5, "broken"],
    ["perf.errors < 0.5%", 0.5, "broken"],
    ["bundle.total < 300kB", 299_999, "held"],
    ["bundle.total < 300kB", 300_000, "broken"],
    ["bundle.total < 300KiB", 300_000, "held"],
    ["bundle.app <= 1.5MB", 1_500_000, "held"],
    ["tests.failed == 0", 0, "held"],
    ["tests.count >= 10", 9, "broken"],
    ["perf.rps >= 50/s", 50, "held"],
    ["tests.count >= 10", undefined, "unanswered"],
  ] as const)("%s with %s is %s", (text, value, status) => {
    expect(statusOf(text, value)?.status).toBe(status);
  });

  it.each([
    ["coverage.lines >= baseline - 0.5", 79.6, 80.1, "held"],
    ["coverage.lines >= baseline - 0.5", 79.59, 80.1, "broken"],
    ["coverage.lines >= baseline", 80, 80, "held"],
    ["security.total <= baseline", 3, 3, "held"],
    ["security.total <= baseline", 4, 3, "broken"],
    ["bundle.total <= baseline + 5%", 105, 100, "held"],
    ["bundle.total <= baseline + 5%", 106, 100, "broken"],
    ["bundle.total <= baseline + 10kB", 20_000, 10_000, "held"],
    ["perf.p95 < baseline + 100ms", 300, 200, "broken"],
    ["tests.count >= baseline - 2", 8, 10, "held"],
  ] as const)("%s with %s after %s is %s", (text, value, base, status) => {
    const { metric } = parseRule(text, []);
    expect(statusOf(text, value, { [metric.name]: base })?.status).toBe(status);
  });

  it("that needs a baseline does not hold without one, unless that is accepted, and then says so", () => {
    const text = "coverage.lines >= baseline";
    expect(statusOf(text, 80)?.status).toBe("no-baseline");
    expect(statusOf(text, 80, { "tests.count": 1 })?.status).toBe("no-baseline");
    expect(statusOf(text, 80, undefined, true)?.status).toBe("waived");
    expect(statusOf(text, undefined, undefined, true)?.status).toBe("unanswered");
  });

  it.each([
    [99.5, "excellent", "held"],
    [99.49, "good", "held"],
    [95, "good", "held"],
    [90, "acceptable", "held"],
    [89.99, "failed", "broken"],
  ] as const)("of tiers puts %s into %s", (value, tier, status) => {
    expect(statusOf("perf.success tiers 99.5/95/90", value)).toMatchObject({ tier, status });
  });

  it("of tiers reads times from the fastest", () => {
    expect(statusOf("perf.p95 tiers 200ms/500ms/1s", 500)).toMatchObject({ tier: "good" });
  });

  it.each([
    ["coverage.lines", "is not of the form"],
    ["coverage.lines => 80", "is not of the form"],
    ["coverage.lines != 80", "is not of the form"],
    ["coverage >= 80", "is not of the form"],
    ["coverage.lines >= 80 90", "must be a percentage"],
    ["coverage.line >= 80", "(did you mean coverage.lines?)"],
    ["bundle.web < 1kB", "a group of sizes is written"],
    ["coverage.lines >= 80ms", "must be a percentage"],
    ["coverage.lines >= 0.8", "looks like a share: write 80"],
    ["coverage.lines >= 180", "more than 100 %"],
    ["coverage.lines >= 0", "holds for every value"],
    ["coverage.lines > 100", "holds for no value"],
    ["coverage.lines < 80", "would fail for getting better"],
    ["security.critical >= 1", "would fail for getting better"],
    ["security.critical < 0", "holds for no value"],
    ["security.high < 2.5", "must be a whole number"],
    ["security.high < 5%", "must be a whole number"],
    ["perf.p95 < 500", "must be a time with its unit"],
    ["perf.p95 < 500kB", "must be a time with its unit"],
    ["perf.errors < 5", "needs the sign %"],
    ["perf.errors < 0.05", "needs the sign %"],
    ["perf.errors <= 100%", "holds for every value"],
    ["bundle.total < 300", "must be a size with its unit"],
    ["bundle.total < 300KB", "must be a size with its unit"],
    ["bundle.total < 300kb", "must be a size with its unit"],
    ["tests.count >= 1e3", "must be a whole number"],
    ["tests.count >= -1", "must be a whole number"],
    ["tests.count >= Infinity", "must be a whole number"],
    ["coverage.lines >= baseline - 1ms", "must be a percentage"],
    ["coverage.lines >= baseline * 2", "baseline that is not written as"],
    ["coverage.lines >= Baseline", "baseline that is not written as"],
    ["perf.success tiers 99.5/95", "needs three limits"],
    ["perf.success tiers 90/95/99.5", "falling"],
    ["perf.p95 tiers 1s/500ms/200ms", "rising"],
    ["bundle.total tiers 1kB/2kB/3kB", "is not always better or worse"],
    ["constructor.name == 1", "is no metric"],
  ])("%s is refused: %s", (text, why) => {
    expect(() => parseRule(text, ["app"])).toThrow(why);
  });

  it("on a severity lets none that is worse go by", () => {
    const problems = (...texts: string[]) => problemsOfRules(texts.map((text) => parseRule(text, []))).length;
    expect(problems("security.high == 0")).toBe(1);
    expect(problems("security.medium < 9", "security.critical == 0")).toBe(1);
    expect(problems("security.high < 5", "security.critical == 0")).toBe(0);
    expect(problems("security.high < 5", "security.total == 0")).toBe(0);
    expect(problems("security.high < 5", "security.total < 50")).toBe(1);
    expect(problems("security.total < 50")).toBe(0);
  });
});

const limits = {
  percent: fc.integer({ min: 101, max: 9_999 }).map((value) => value / 100),
  count: fc.integer({ min: 1, max: 1e6 }),
  duration: fc.integer({ min: 1, max: 1e6 }),
  bytes: fc.integer({ min: 1, max: 1e9 }),
  rate: fc.integer({ min: 1, max: 1e6 }),
};
const units = { percent: "%", count: "", duration: "ms", bytes: "B", rate: "/s" };

describe("every rule", () => {
  const bound = fc.constantFrom(...METRICS).chain((metric) =>
    fc.record({
      metric: fc.constant(metric),
      limit: limits[metric.unit],
      strict: fc.boolean(),
    }),
  );

  it("is read as it is written, holds on one side of its limit, and never again once it is broken for something worse", () => {
    fc.assert(
      fc.property(bound, fc.double({ min: 0, max: 2e9, noNaN: true }), ({ metric, limit, strict }, value) => {
        const up = metric.better !== "lower";
        const operator = `${up ? ">" : "<"}${strict ? "" : "="}`;
        const text = `${metric.name} ${operator} ${limit}${units[metric.unit]}`;
        const { demand } = parseRule(text, []);
        expect(demand).toEqual({ kind: "bound", operator, limit });
        const held = (at: number) => statusOf(text, at)?.status === "held";
        expect(held(limit)).toBe(!strict);
        expect(held(up ? limit + 0.001 : limit - 0.001)).toBe(true);
        expect(held(up ? limit - 0.001 : limit + 0.001)).toBe(false);
        if (!held(value)) expect(held(up ? value / 2 : value * 2 + 1)).toBe(false);
      }),
      { numRuns: runs(300, 5_000) },
    );
  });

  it("that is broken never shows a value that looks as if it held", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (value) => {
        const shown = formatValue(value, { unit: "percent", better: "higher" });
        expect(Number.parseFloat(shown)).toBeLessThanOrEqual(value + 1e-9);
      }),
      { numRuns: runs(300, 5_000) },
    );
  });

  it("of any text is read or refused with a reason", () => {
    const text = fc.oneof(
      fc.string(),
      fc.tuple(fc.constantFrom(...METRICS), fc.string()).map(([{ name }, rest]) => `${name} >= ${rest}`),
    );
    fc.assert(
      fc.property(text, (written) => {
        try {
          parseRule(written, []);
        } catch (error) {
          expect(error).toMatchObject({ name: "ValueError" });
        }
      }),
      { numRuns: runs(500, 10_000) },
    );
  });
});
