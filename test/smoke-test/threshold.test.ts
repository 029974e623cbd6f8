import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  describeThreshold,
  holds,
  parseThreshold,
  type Unit,
} from "../../actions/smoke-test/src/threshold.ts";
import { ValueError } from "../../shared/runtime/values.ts";
import { runs } from "../support/effort.ts";

describe("a bound", () => {
  it.each([
    [">= 14", "number", ">= 14"],
    [">=14", "number", ">= 14"],
    [" < 3.5 ", "number", "< 3.5"],
    [7, "number", "== 7"],
    ["-1", "number", "== -1"],
    ["<= 5%", "percent", "<= 5%"],
    ["0.5 %", "percent", "== 0.5%"],
    ["> 500ms", "duration", "> 500 ms"],
    ["1m30s", "duration", "== 1 min 30 s"],
    ["== 2s", "duration", "== 2 s"],
  ] as const)("%j in %s means %s", (text, unit, meaning) => {
    expect(describeThreshold(parseThreshold(text, unit, "=="))).toBe(meaning);
  });

  it.each([
    ["", "number"],
    ["<", "number"],
    ["=> 5", "number"],
    ["< 5%", "number"],
    ["5", "percent"],
    ["< 500", "duration"],
    ["about 5", "number"],
    ["1e3", "number"],
    ["NaN", "number"],
    ["< < 5", "number"],
    ["< 5 6", "number"],
  ] as [string, Unit][])("%j is no bound in %s", (text, unit) => {
    expect(() => parseThreshold(text, unit, "<")).toThrow(ValueError);
  });

  it("holds exactly when the comparison that it is written with does", () => {
    const compare: Record<string, (a: number, b: number) => boolean> = {
      "<": (a, b) => a < b,
      "<=": (a, b) => a <= b,
      ">": (a, b) => a > b,
      ">=": (a, b) => a >= b,
      "==": (a, b) => a === b,
    };
    const number = fc.integer({ min: -20, max: 20 }).map((value) => value / 2);
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(compare)), number, number, (operator, limit, value) => {
        const bound = parseThreshold(`${operator} ${limit}`, "number", "<");
        expect(holds(bound, value)).toBe(compare[operator]?.(value, limit));
        expect(holds(bound, Number.NaN)).toBe(false);
      }),
      { numRuns: runs(300, 10_000) },
    );
  });
});
