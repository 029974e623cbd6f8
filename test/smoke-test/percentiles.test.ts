import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { percentilesOf, type Sample } from "../../actions/smoke-test/src/percentiles.ts";
import { runs } from "../support/effort.ts";

const took = (durationMs: number, ok = true, answered = true): Sample => ({ durationMs, ok, answered });

/** The definition in words: the smallest measured time that at least p percent of the samples do not exceed. */
function naive(samples: readonly Sample[], p: number): number | null {
  const times = samples.map(({ durationMs }) => durationMs);
  const reached = times.filter(
    (time) => times.filter((other) => other <= time).length * 100 >= p * times.length,
  );
  return reached.length === 0 ? null : Math.min(...reached);
}

describe("percentiles", () => {
  it("are null without a sample, and every request counts as an error", () => {
    expect(percentilesOf([])).toMatchObject({
      samples: 0,
      errorPercent: 100,
      p50: null,
      p95: null,
      max: null,
    });
  });

  it("of 1 to 100 are the numbers themselves", () => {
    const samples = Array.from({ length: 100 }, (_, index) => took(100 - index));
    expect(percentilesOf(samples)).toMatchObject({ p50: 50, p90: 90, p95: 95, p99: 99, max: 100 });
  });

  it("count failed requests with their time, and tell the answered from the others", () => {
    const samples = [took(1), took(2, false), took(5_000, false, false), took(3)];
    expect(percentilesOf(samples)).toMatchObject({
      samples: 4,
      answered: 3,
      errors: 2,
      errorPercent: 50,
      p99: 5_000,
    });
  });

  it("agree with their definition for any samples", () => {
    const sample = fc.record({
      durationMs: fc.integer({ min: 0, max: 50 }),
      ok: fc.boolean(),
      answered: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 60 }), (samples) => {
        const measured = percentilesOf(samples);
        expect(measured).toMatchObject({
          p50: naive(samples, 50),
          p90: naive(samples, 90),
          p95: naive(samples, 95),
          p99: naive(samples, 99),
          max: naive(samples, 100),
        });
      }),
      { numRuns: runs(300, 20_000) },
    );
  });
});
