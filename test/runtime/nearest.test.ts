import fc from "fast-check";
import { expect, test } from "vitest";
import { nearest } from "../../shared/runtime/nearest.ts";

const cases: [string, string[], string | undefined][] = [
  ["expct", ["name", "expect", "except"], "expect"],
  ["baseUrl", ["base-url", "retries"], "base-url"],
  ["TIMEOUT", ["timeout"], "timeout"],
  ["hsot", ["host", "hot"], "host"],
  ["exepct", ["exact", "expect"], "expect"],
  ["gett", ["post", "get"], "get"],
  ["xyz", ["name", "expect"], undefined],
  ["ab", ["cd"], undefined],
  ["a", ["b"], undefined],
  ["", ["name"], undefined],
  ["needs", [], undefined],
];
for (const [word, candidates, expected] of cases) {
  test(`the nearest to "${word}" of ${JSON.stringify(candidates)} is ${expected}`, () => {
    expect(nearest(word, candidates)).toBe(expected);
  });
}

test("one slip in a word of four letters or more is forgiven", () => {
  const slips = fc.constantFrom("drop", "double", "swap", "replace");
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{4,12}$/), fc.nat(), slips, (word, at, slip) => {
      const i = at % (word.length - 1);
      const [head, one, two, tail] = [word.slice(0, i), word[i], word[i + 1], word.slice(i + 2)];
      const written = {
        drop: `${head}${two}${tail}`,
        double: `${head}${one}${one}${two}${tail}`,
        swap: `${head}${two}${one}${tail}`,
        replace: `${head}#${two}${tail}`,
      }[slip];
      expect(nearest(written, ["something-else-entirely", word])).toBe(word);
    }),
  );
});
