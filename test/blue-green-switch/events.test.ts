import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endOf, readEvent } from "../../actions/blue-green-switch/src/event.ts";
import { timelineOf } from "../../actions/blue-green-switch/src/timeline.ts";

const event = (change: object = {}) => ({
  n: 1,
  time: "2026-01-31T12:00:00Z",
  ms: 0,
  phase: "prepared",
  level: "info" as const,
  text: "t",
  data: {},
  ...change,
});

describe("the events of an agent", () => {
  it("are read, and rubbish is not", () => {
    expect(readEvent(JSON.stringify(event()))).toEqual(event());
    expect(readEvent("not json")).toBeUndefined();
    expect(readEvent(JSON.stringify(event({ level: "loud" })))).toBeUndefined();
  });

  it("never make reading fail, whatever a host sends", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        expect(() => readEvent(line)).not.toThrow();
      }),
    );
  });

  it("tell the end only with an exit status, so that a shell's own error is no verdict", () => {
    expect(
      endOf(event({ phase: "end", data: { code: "20", result: "rolled-back", "downtime-ms": "12" } })),
    ).toMatchObject({ code: 20, result: "rolled-back", downtimeMs: 12 });
    expect(endOf(event({ phase: "end", data: {} }))).toBeUndefined();
    expect(endOf(event({ data: { code: "0" } }))).toBeUndefined();
  });
});

describe("the timeline", () => {
  it("gives each phase its length and last words, and adds up to the whole", () => {
    const events = [
      event({ ms: 0 }),
      event({ ms: 100, phase: "healthy", text: "waiting" }),
      event({ ms: 150, phase: "healthy", level: "output" as const, text: "noise" }),
      event({ ms: 400, phase: "healthy", text: "is healthy" }),
      event({ ms: 500, phase: "end", text: "live" }),
    ];
    expect(timelineOf(events)).toEqual([
      { phase: "prepared", ms: 100, text: "t" },
      { phase: "healthy", ms: 400, text: "is healthy" },
      { phase: "end", ms: 0, text: "live" },
    ]);
  });

  it("never has a negative length", () => {
    const any = fc.array(
      fc.record({ ms: fc.nat(), phase: fc.constantFrom("a", "b", "end") }).map((change) => event(change)),
    );
    fc.assert(
      fc.property(any, (events) => {
        expect(timelineOf(events).every(({ ms }) => ms >= 0)).toBe(true);
      }),
    );
  });
});
