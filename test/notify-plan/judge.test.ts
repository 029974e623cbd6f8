import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judge, type Past, saysEnough } from "../../actions/notify-plan/src/judge.ts";
import { runs } from "../support/effort.ts";

const DAY = 86_400_000;
const check = { job: "backup", severity: undefined, detail: "", changed: undefined } as const;
const result = fc.constantFrom("success", "failure", "cancelled");
/** A night: what the check came to, and whether a message would have got through. */
const night = fc.record({ result, delivered: fc.boolean() });

type Night = { readonly result: Past["result"]; readonly delivered: boolean };

/** Goes through the nights; gives of each what was decided, and what people believe afterwards. */
function through(nights: readonly Night[], remindAfter: number | undefined) {
  const past: Past[] = [];
  let believed = false;
  return nights.map(({ result: now, delivered }, index) => {
    const around = { severities: new Map(), now: index * DAY, remindAfter };
    const before = believed;
    const judged = judge({ ...check, result: now }, past, around);
    const told = judged.tell ? delivered : true;
    const enough = past.findIndex((_entry, at) =>
      saysEnough({ ...check, result: now }, past.slice(0, at + 1)),
    );
    const part = past.slice(0, enough === -1 ? undefined : enough + 1);
    if (judged.tell && delivered) believed = now !== "success";
    past.unshift({ at: index * DAY, result: now, told });
    return { now, told, judged, before, believed, byPart: judge({ ...check, result: now }, part, around) };
  });
}

describe("whatever happens, night after night", () => {
  it("people know how it is whenever a message could be sent, and hear nothing twice", () => {
    fc.assert(
      fc.property(fc.array(night, { maxLength: 12 }), (nights) => {
        for (const { now, told, judged, before, believed } of through(nights, undefined)) {
          if (told) expect(believed).toBe(now !== "success");
          // Told although people believed it: only a failure after what was merely cancelled.
          if (judged.tell && before === (now !== "success")) expect(judged.transition).toBe("new");
          if (judged.transition === "recovered") expect(before).toBe(true);
        }
      }),
      { numRuns: runs(200, 5_000) },
    );
  });

  it("as many earlier runs are read as the decision needs", () => {
    fc.assert(
      fc.property(fc.array(night, { maxLength: 12 }), (nights) => {
        for (const { judged, byPart } of through(nights, 3 * DAY)) expect(byPart).toEqual(judged);
      }),
      { numRuns: runs(200, 5_000) },
    );
  });

  it("who is reminded is reminded once in each span, and never of what is over", () => {
    const failing = Array.from({ length: 30 }, () => ({ result: "failure", delivered: true }) as const);
    const reminded = through(failing, 7 * DAY).flatMap(({ judged }, index) =>
      judged.transition === "reminder" ? [index] : [],
    );
    expect(reminded).toEqual([7, 14, 21, 28]);
  });
});
