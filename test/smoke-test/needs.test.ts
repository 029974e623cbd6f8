import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ancestors, findCycle } from "../../actions/smoke-test/src/needs.ts";
import { runs } from "../support/effort.ts";

const graph = (needs: Readonly<Record<string, readonly string[]>>) => new Map(Object.entries(needs));
const cycles = (needs: ReadonlyMap<string, readonly string[]>) =>
  [...needs.keys()].flatMap((name) => {
    const cycle = findCycle(name, needs);
    return cycle === undefined ? [] : [cycle.join(" ")];
  });

describe("needs", () => {
  it("reach through other checks, and over unknown ones", () => {
    const needs = graph({ a: ["b", "x"], b: ["c"], c: [], d: ["a"] });
    expect([...ancestors("d", needs)].sort()).toEqual(["a", "b", "c", "x"]);
    expect([...ancestors("c", needs)]).toEqual([]);
  });

  it.each([
    ["no circle", { a: ["b"], b: ["c"], c: [] }, []],
    ["itself", { a: ["a"] }, ["a a"]],
    ["a circle of three, told at its first check", { a: ["b"], b: ["c"], c: ["a"] }, ["a b c a"]],
    ["a check that only leads into a circle", { z: ["a"], a: ["b"], b: ["a"] }, ["a b a"]],
    ["two circles", { a: ["b"], b: ["a"], c: ["d"], d: ["c"] }, ["a b a", "c d c"]],
    ["a diamond", { a: ["b", "c"], b: ["d"], c: ["d"], d: [] }, []],
  ])("with %s", (_name, needs, expected) => {
    expect(cycles(graph(needs))).toEqual(expected);
  });

  it("are told to be circular exactly when they cannot be put in order, with a circle that is one", () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    const anyGraph = fc
      .array(fc.subarray(names, { maxLength: 3 }), { minLength: names.length, maxLength: names.length })
      .map((lists) => new Map(names.map((name, index) => [name, lists[index] ?? []])));
    fc.assert(
      fc.property(anyGraph, (needs) => {
        const found = cycles(needs).map((cycle) => cycle.split(" "));
        expect(found.length > 0).toBe(!canBeOrdered(needs));
        for (const cycle of found) {
          expect(cycle[0]).toBe(cycle.at(-1));
          for (const [index, name] of cycle.slice(0, -1).entries())
            expect(needs.get(name)).toContain(cycle[index + 1]);
        }
      }),
      { numRuns: runs(300, 20_000) },
    );
  });
});

/** Kahn's algorithm. */
function canBeOrdered(needs: ReadonlyMap<string, readonly string[]>): boolean {
  const left = new Map(needs);
  for (;;) {
    const ready = [...left].filter(([, list]) => !list.some((need) => left.has(need)));
    if (ready.length === 0) return left.size === 0;
    for (const [name] of ready) left.delete(name);
  }
}
