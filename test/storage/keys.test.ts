import fc from "fast-check";
import { expect, test } from "vitest";
import { checkKey, decodeSegment, encodeSegment } from "../../shared/storage/keys.ts";

const texts = fc.string({ unit: "grapheme" });

test("any text becomes a segment that is a key by itself, and back", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const segment = encodeSegment(text);
      checkKey(`${segment}/a.json`);
      expect(decodeSegment(segment)).toBe(text);
    }),
  );
});

test("two texts never become the same segment, whatever case they are in", () => {
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      expect(encodeSegment(one) === encodeSegment(other)).toBe(one === other);
    }),
  );
});

test.each([
  ["shop", "shop"],
  ["my shop", "my=20shop"],
  ["..", "=2E."],
  ["a/b=c", "a=2Fb=3Dc"],
  ["läden", "l=C3=A4den"],
  ["", "="],
])("%j is kept as %s", (text, segment) => {
  expect(encodeSegment(text)).toBe(segment);
});

test.each(["=zz", "a b", "=41", ".a", "=C3", "", "=20="])("%j is nothing that was ever made", (segment) => {
  expect(decodeSegment(segment)).toBeUndefined();
});
