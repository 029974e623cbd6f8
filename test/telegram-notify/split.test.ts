import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  codePoints,
  type EntityType,
  type RichText,
  TextBuilder,
} from "../../actions/telegram-notify/src/rich-text.ts";
import { isBlank } from "../../actions/telegram-notify/src/shown.ts";
import { split } from "../../actions/telegram-notify/src/split.ts";
import { runs } from "../support/effort.ts";

const plain = (text: string): RichText => ({ text, entities: [] });
const textsOf = (text: RichText, limit: number, maxParts = 100): string[] =>
  split(text, { limit, maxParts }).parts.map((part) => part.text);
const formatted = (write: (text: TextBuilder) => unknown): RichText => {
  const text = new TextBuilder();
  write(text);
  return text.build();
};

describe("a text that is too long", () => {
  it.each([
    ["a paragraph", "aaaaaa\n\nbbbb cc\ndd ee", 12, ["aaaaaa", "bbbb cc", "dd ee"]],
    ["a line", "aaaa bbbb\ncccc", 12, ["aaaa bbbb", "cccc"]],
    ["a word", "aaaa bbbb cccc", 10, ["aaaa bbbb", "cccc"]],
    ["a word, not a line far before", "a\nbbbbb ccccc ddddd", 14, ["a\nbbbbb ccccc", "ddddd"]],
    ["a character, when there is nothing else", "aaaaabbbbb", 4, ["aaaa", "abbb", "bb"]],
    ["a whole character of people", "👩‍👩‍👧👩‍👩‍👧", 6, ["👩‍👩‍👧", "👩‍👩‍👧"]],
    [
      "a code point, when one character is longer than a message",
      "e\u0301\u0302\u0303\u0304",
      3,
      ["e\u0301\u0302", "\u0303\u0304"],
    ],
  ])("is split after %s", (_, text, limit, parts) => {
    expect(textsOf(plain(text), limit)).toEqual(parts);
  });

  it("counts code points, as Telegram does", () => {
    expect(textsOf(plain("😀".repeat(8)), 4)).toEqual(["😀".repeat(4), "😀".repeat(4)]);
    expect(textsOf(plain("😀".repeat(4096)), 4096)).toHaveLength(1);
  });

  it("makes no message of white space", () => {
    expect(textsOf(plain(`a${"\n".repeat(50)}b${" ".repeat(50)}`), 4)).toEqual(["a", "b"]);
    expect(split(plain(" \n\u00a0"), { limit: 4, maxParts: 2 })).toEqual({ parts: [], rest: undefined });
  });

  it("leaves what is beyond the parts, whole", () => {
    const { parts, rest } = split(plain("aa bb cc dd"), { limit: 2, maxParts: 2 });
    expect(parts.map(({ text }) => text)).toEqual(["aa", "bb"]);
    expect(rest?.text).toBe("cc dd");
  });

  it("leaves room in the first part for what is to be added", () => {
    const { parts } = split(plain("aa bb cc"), { limit: 5, reserve: 3, maxParts: 9 });
    expect(parts.map(({ text }) => text)).toEqual(["aa", "bb cc"]);
  });
});

describe("an entity", () => {
  it.each<EntityType>(["bold", "code", "pre", "text_link", "blockquote"])(
    "that fits is never cut: %s",
    (type) => {
      const text = formatted((to) =>
        to
          .add("aaaa ")
          .within({ type, ...(type === "text_link" ? { url: "https://x.example/" } : {}) }, () =>
            to.add("b b b b"),
          )
          .add(" c"),
      );
      const { parts } = split(text, { limit: 9, maxParts: 9 });
      expect(parts).toMatchObject([
        { text: "aaaa", entities: [] },
        { text: "b b b b c", entities: [{ type, offset: 0, length: 7 }] },
      ]);
    },
  );

  it("that is longer than a message goes on as what it is, code with its indentation", () => {
    const code = "if (a) {\n  b();\n  c();\n}";
    const text = formatted((to) => to.within({ type: "pre", language: "js" }, () => to.add(code)));
    const { parts } = split(text, { limit: 16, maxParts: 9 });
    expect(parts).toEqual([
      { text: "if (a) {\n  b();", entities: [{ type: "pre", language: "js", offset: 0, length: 15 }] },
      { text: "  c();\n}", entities: [{ type: "pre", language: "js", offset: 0, length: 8 }] },
    ]);
  });

  it("is never one of more than a hundred in a message", () => {
    const text = formatted((to) => {
      for (let index = 0; index < 250; index++) to.within({ type: "bold" }, () => to.add("b")).add(" ");
    });
    const { parts } = split(text, { limit: 4096, maxParts: 9 });
    expect(parts.map(({ entities }) => entities.length)).toEqual([100, 100, 50]);
  });
});

describe("whatever the text", () => {
  const piece = fc.tuple(
    fc.constantFrom<EntityType | "none">("none", "none", "bold", "code", "pre", "blockquote"),
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 30 }),
      fc.constantFrom(" ", "\n", "\n\n", "  x", "\n  y\n\n", "word word ", "😀😀"),
    ),
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) =>
    formatted((to) => {
      for (const [type, content] of pieces) {
        if (type === "none") to.add(content);
        else to.within({ type }, () => to.add(content));
      }
    }),
  );

  it("no character is lost, doubled or moved, and every part fits", () => {
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 40 }),
        (whole, limit, maxParts) => {
          const { parts, rest } = split(whole, { limit, maxParts });
          const squeeze = (all: string): string => all.replace(/[\s\u180e\u2800\ufffc\u200b-\u200f]+/gu, "");
          const texts = [...parts, ...(rest === undefined ? [] : [rest])].map((part) => part.text);
          expect(squeeze(texts.join(""))).toBe(squeeze(whole.text));
          expect(parts.length).toBeLessThanOrEqual(maxParts);
          for (const part of parts) {
            expect(codePoints(part.text)).toBeLessThanOrEqual(limit);
            expect(isBlank(part.text)).toBe(false);
            expect(part.text.isWellFormed()).toBe(true);
          }
        },
      ),
      { numRuns: runs(400, 20_000) },
    );
  });

  it("every entity covers what it covered, and is cut only if it is longer than a message", () => {
    const covered = ({ text: all, entities }: RichText, type: EntityType): string =>
      entities
        .filter((entity) => entity.type === type)
        .map(({ offset, length }) => all.slice(offset, offset + length))
        .join("")
        .replace(/[\s\u180e\u2800\ufffc\u200b-\u200f]+/gu, "");
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 60 }), (whole, limit) => {
        const { parts } = split(whole, { limit, maxParts: 10_000 });
        for (const type of ["bold", "code", "pre", "blockquote"] as const) {
          expect(parts.map((part) => covered(part, type)).join("")).toBe(covered(whole, type));
          const solid = (all: readonly RichText[]): number =>
            all.flatMap(({ entities }) => entities).filter((entity) => entity.type === type).length;
          const fitting = whole.entities.every(({ length }) => length <= limit);
          if (fitting) expect(solid(parts)).toBeLessThanOrEqual(solid([whole]));
        }
      }),
      { numRuns: runs(300, 20_000) },
    );
  });
});
