import { describe, expect, it } from "vitest";
import { configSchema, type LoadConfig } from "../../actions/smoke-test/src/config-schema.ts";
import { judgeLoad } from "../../actions/smoke-test/src/load-rules.ts";
import { percentilesOf, type Sample } from "../../actions/smoke-test/src/percentiles.ts";

function load(expect: object, changes: object = {}): LoadConfig {
  const sample = { name: "products", get: "https://h/", samples: 100, expect, ...changes };
  const [first] = configSchema.parse({ load: [sample] }).load ?? [];
  if (first === undefined) throw new Error("no load sample");
  return first;
}

const samples = (count: number, sample: (index: number) => Partial<Sample>): Sample[] =>
  Array.from({ length: count }, (_, index) => ({
    durationMs: index + 1,
    ok: true,
    answered: true,
    ...sample(index),
  }));
const problems = (config: LoadConfig, measured: readonly Sample[], firstError?: string) =>
  judgeLoad(config, percentilesOf(measured), firstError).problems;

describe("a load sample", () => {
  it("keeps bounds that it does not reach, and breaks those that it does", () => {
    const measured = samples(100, () => ({}));
    expect(problems(load({ p95: "< 96ms", p50: "<= 50ms" }), measured)).toEqual([]);
    expect(problems(load({ p95: "95ms", p99: "98ms" }), measured)).toEqual([
      "p95: expected < 95 ms, got 95 ms",
      "p99: expected < 98 ms, got 99 ms",
    ]);
  });

  it("fails from one percent of errors on unless more are allowed, and shows the first", () => {
    const measured = samples(100, (index) => (index === 0 ? { ok: false } : {}));
    expect(problems(load({ p95: "1s" }), measured, "HTTP 503")).toEqual([
      "errors: expected < 1%, got 1% (1 of 100; the first: HTTP 503)",
    ]);
    expect(problems(load({ p95: "1s", errors: "< 5%" }), measured, "HTTP 503")).toEqual([]);
  });

  it("without an answered request fails, even when every error is allowed", () => {
    const measured = samples(100, () => ({ ok: false, answered: false }));
    expect(problems(load({ errors: "<= 100%" }), measured, "connection refused")).toEqual([
      "samples: 0 of 100 requests were answered, fewer than the 1 that a verdict needs",
    ]);
  });

  it("without any sample keeps no bound", () => {
    expect(problems(load({ p50: "1s", errors: "<= 100%" }), [])).toEqual([
      "p50: expected < 1 s, got nothing",
      expect.stringContaining("0 of 0 requests were answered"),
    ]);
  });

  it("needs as many answers as its percentiles, or as it asks for itself", () => {
    const measured = samples(100, (index) => ({ answered: index < 19 }));
    expect(problems(load({ p95: "1s" }), measured)).toEqual([expect.stringContaining("19 of 100")]);
    expect(problems(load({ p95: "1s" }, { "min-samples": 19 }), measured)).toEqual([]);
  });
});
