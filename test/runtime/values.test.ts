import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatDuration,
  parseBoolean,
  parseDuration,
  parseInteger,
  parseList,
  ValueError,
} from "../../shared/runtime/values.ts";

/** The message of the ValueError that a parser throws. */
function refusal(parse: () => unknown): string {
  try {
    return `accepted: ${String(parse())}`;
  } catch (error) {
    if (error instanceof ValueError) return error.message;
    throw error;
  }
}

describe("a duration", () => {
  it.each([
    ["0ms", 0],
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5s", 1_500],
    ["0.0004s", 0],
    ["5m", 300_000],
    ["5m3ms", 300_003],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
    ["1d2h3m4.5s6ms", 93_784_506],
    [" 30s\n", 30_000],
    ["24d", 2_073_600_000],
    ["2147483647ms", 2_147_483_647],
  ])("%j is %i ms", (value, ms) => {
    expect(parseDuration(value)).toBe(ms);
  });

  it.each([
    "30",
    "s",
    "-5s",
    "+5s",
    "1 h",
    "1h 30m",
    "30m1h",
    "1m1m",
    "1.5m",
    "1e3s",
    "5S",
    "5min",
    "1h30",
    "٣s",
    ".5s",
  ])("%j is none", (value) => {
    expect(refusal(() => parseDuration(value))).toBe(
      "must be a duration such as 500ms, 30s, 5m, 1h30m or 2d",
    );
  });

  it.each(["25d", "2147483648ms", "600h", `${"9".repeat(400)}s`])(
    "%s is longer than a timer can be",
    (value) => {
      expect(refusal(() => parseDuration(value))).toBe("must be at most 24d");
    },
  );

  it("comes back from being written in units", () => {
    const parts = fc.record({ d: fc.nat(23), h: fc.nat(23), m: fc.nat(59), s: fc.nat(59), ms: fc.nat(999) });
    fc.assert(
      fc.property(parts, (each) => {
        const { d, h, m, s, ms } = each;
        const written = Object.entries(each).map(([unit, count]) => `${count}${unit}`);
        const total = (((d * 24 + h) * 60 + m) * 60 + s) * 1_000 + ms;
        expect(parseDuration(written.join(""))).toBe(total);
        const short = written.filter((part) => !part.startsWith("0")).join("");
        if (short !== "") expect(parseDuration(short)).toBe(total);
      }),
    );
  });
});

describe("a duration for people", () => {
  it.each([
    [0, "0 ms"],
    [0.04, "0 ms"],
    [1.26, "1.3 ms"],
    [9.96, "10 ms"],
    [950.4, "950 ms"],
    [999.4, "999 ms"],
    [999.5, "1 s"],
    [4_250, "4.3 s"],
    [12_000, "12 s"],
    [59_949, "59.9 s"],
    [59_950, "1 min"],
    [60_000, "1 min"],
    [200_000, "3 min 20 s"],
    [3_599_400, "59 min 59 s"],
    [3_599_500, "1 h"],
    [7_500_000, "2 h 5 min"],
    [7_199_999, "2 h"],
    [172_800_000, "48 h"],
  ])("%d ms is %s", (ms, shown) => {
    expect(formatDuration(ms)).toBe(shown);
  });

  const shownMs = (ms: number): number => {
    const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };
    const words = formatDuration(ms).split(" ");
    let total = 0;
    for (let i = 0; i < words.length; i += 2)
      total += Number(words[i]) * (units[words[i + 1] ?? ""] ?? Number.NaN);
    return total;
  };
  const anyMs = fc.oneof(
    fc.double({ min: 0, max: 100_000, noNaN: true }),
    fc.double({ min: 0, max: 2 ** 31, noNaN: true }),
    // Around the places where the unit changes.
    fc
      .tuple(
        fc.constantFrom(10, 1_000, 60_000, 3_600_000, 7_200_000),
        fc.double({ min: -100, max: 100, noNaN: true }),
      )
      .map(([at, by]) => Math.max(0, at + by)),
  );

  it("never shrinks while the duration grows", () => {
    fc.assert(
      fc.property(anyMs, anyMs, (one, other) => {
        const [less, more] = one <= other ? [one, other] : [other, one];
        expect(shownMs(less)).toBeLessThanOrEqual(shownMs(more));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is within a twentieth of the duration, and never counts 60 of a unit where there is a larger one", () => {
    fc.assert(
      fc.property(anyMs, (ms) => {
        expect(Math.abs(shownMs(ms) - ms)).toBeLessThanOrEqual(Math.max(0.05, ms / 20));
        expect(formatDuration(ms)).not.toMatch(/\b(?:60 s|60\.0 s|60 min|1000 ms|0 s|0 min)/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a boolean", () => {
  it.each([
    ["true", true],
    ["True", true],
    ["TRUE", true],
    ["false", false],
    ["False", false],
    ["FALSE", false],
    [" true ", true],
  ])("%j is %s", (value, expected) => {
    expect(parseBoolean(value)).toBe(expected);
  });

  it.each(["yes", "no", "on", "off", "1", "0", "tRUE", "true false", "'true'", "y"])(
    "%j is none",
    (value) => {
      expect(refusal(() => parseBoolean(value))).toBe("must be true or false");
    },
  );
});

describe("a whole number", () => {
  it.each([
    ["0", 0],
    ["42", 42],
    ["+42", 42],
    ["-7", -7],
    ["007", 7],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ])("%j is %i", (value, expected) => {
    expect(parseInteger(value)).toBe(expected);
  });

  it.each([
    "2x",
    "x2",
    "1.0",
    "1e3",
    "0x10",
    "1_000",
    "1,000",
    "--1",
    "- 1",
    "９",
    "Infinity",
    "NaN",
    "9007199254740993",
  ])("%j is none", (value) => {
    expect(refusal(() => parseInteger(value))).toBe("must be a whole number");
  });

  it.each([
    [{ min: 1, max: 10 }, "a whole number from 1 to 10"],
    [{ min: 1 }, "a whole number of at least 1"],
    [{ max: -1 }, "a whole number of at most -1"],
  ])("outside of %j is refused with the bounds", (bounds, allowed) => {
    expect(refusal(() => parseInteger("0", bounds))).toBe(`must be ${allowed}`);
  });

  it("takes both bounds and everything between", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b, value) => {
        const [min, max] = a <= b ? [a, b] : [b, a];
        const read = (written: number): number => parseInteger(String(written), { min, max });
        if (value >= min && value <= max) expect(read(value)).toBe(value);
        else expect(() => read(value)).toThrow(ValueError);
        expect(read(min)).toBe(min);
        expect(read(max)).toBe(max);
      }),
    );
  });
});

describe("a list", () => {
  it.each([
    ["a,b", ["a", "b"]],
    ["a\nb\r\n c ,, ,\n\nd", ["a", "b", "c", "d"]],
    [",", []],
    ["one entry with blanks", ["one entry with blanks"]],
  ])("%j is %j", (value, entries) => {
    expect(parseList(value)).toEqual(entries);
  });

  it("gives back its entries however they are joined and padded", () => {
    const entry = fc
      .string({ minLength: 1 })
      .map((value) => value.replace(/[\n\r,]/g, "").trim())
      .filter(Boolean);
    const joint = fc.constantFrom(",", "\n", "\r\n", " , ", ",\n", "\n\n");
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, joint)), (pairs) => {
        expect(parseList(pairs.flat().join(""))).toEqual(pairs.map(([value]) => value));
      }),
    );
  });
});
