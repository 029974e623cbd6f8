import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { buildReport } from "../../shared/runtime/report.ts";
import { reportSchema } from "../../shared/runtime/report-schema.ts";

const facts = {
  action: "edge",
  ref: "v1.2.3",
  startedAt: Date.UTC(2026, 5, 15, 12, 0, 0, 1),
  finishedAt: Date.UTC(2026, 5, 15, 12, 0, 2, 501),
  left: ["the tunnel"],
};
const outcome: Outcome = {
  result: "passed",
  failures: [],
  outputs: {},
  summary: [],
  details: { counts: { passed: 1 } },
};
const schema = reportSchema(["passed", "failed"], { counts: z.strictObject({ passed: z.int() }) });

/** A report as a reader of the file gets it. */
function written(change: Partial<Outcome> = {}, changedFacts: Partial<typeof facts> = {}) {
  return JSON.parse(JSON.stringify(buildReport({ ...facts, ...changedFacts }, { ...outcome, ...change })));
}

describe("a report", () => {
  it("says what ran, when, for how long, what came of it and what is left", () => {
    expect(written()).toEqual({
      schemaVersion: 1,
      action: "edge",
      ref: "v1.2.3",
      result: "passed",
      startedAt: "2026-06-15T12:00:00.001Z",
      finishedAt: "2026-06-15T12:00:02.501Z",
      durationMs: 2_500,
      failures: [],
      left: ["the tunnel"],
      counts: { passed: 1 },
    });
  });

  it("has no negative duration when the machine's clock was set back", () => {
    expect(written({}, { finishedAt: facts.startedAt - 1 }).durationMs).toBe(0);
  });

  it("keeps its own fields whatever the action's details are called", () => {
    const details = {
      result: "stolen",
      action: "stolen",
      failures: "stolen",
      left: "stolen",
      schemaVersion: 9,
    };
    expect(written({ details })).toMatchObject({
      schemaVersion: 1,
      action: "edge",
      result: "passed",
      failures: [],
      left: ["the tunnel"],
    });
  });

  it.each<[string, Partial<Outcome>]>([
    ["of a good run", {}],
    ["of a run that failed before it had details", { result: "error", details: {} }],
    ["of a cancelled run", { result: "cancelled", details: {} }],
    [
      "with failures at places",
      {
        result: "failed",
        failures: [
          { title: "a", message: "b" },
          { title: "a", message: "b", hint: "c", where: { file: "f", line: 1, column: 2 } },
          { title: "a", message: "b", where: { input: "url" } },
          { title: "a", message: "b", where: {} },
        ],
      },
    ],
  ])("%s fits its schema", (_what, change) => {
    expect(schema.safeParse(written(change)).error).toBeUndefined();
  });
});

describe("the schema of a report", () => {
  it.each<[string, Record<string, unknown>]>([
    ["a verdict that the action does not have", { result: "perhaps" }],
    ["a field that nobody declared", { extra: 1 }],
    ["details of another shape", { counts: { passed: "one" } }],
    ["another version", { schemaVersion: 2 }],
    ["a time that is none", { startedAt: "yesterday" }],
    ["a negative duration", { durationMs: -1 }],
    ["a failure without a message", { failures: [{ title: "a" }] }],
    ["a line zero", { failures: [{ title: "a", message: "b", where: { file: "f", line: 0 } }] }],
  ])("refuses %s", (_what, change) => {
    expect(schema.safeParse({ ...written(), ...change }).success).toBe(false);
  });

  it("refuses a report in which something is missing, but for the action's own part", () => {
    const whole = written();
    for (const name of Object.keys(whole)) {
      const { [name]: _, ...rest } = whole;
      expect([name, schema.safeParse(rest).success]).toEqual([name, name === "counts"]);
    }
  });

  it("can be published as JSON Schema", () => {
    const json = z.toJSONSchema(schema);
    expect(json).toMatchObject({ type: "object", additionalProperties: false });
    expect(json.required).toEqual(expect.arrayContaining(["schemaVersion", "result", "failures", "left"]));
    expect(json.required).not.toContain("counts");
  });
});
