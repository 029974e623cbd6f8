import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  boolean,
  camelCase,
  duration,
  type Field,
  type InputSpec,
  type InputsOf,
  inputVariable,
  integer,
  list,
  oneOf,
  optional,
  readInputs,
  secret,
  secretValues,
  text,
} from "../../shared/runtime/inputs.ts";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";
import { formatDuration, parseDuration } from "../../shared/runtime/values.ts";

/** Reads one input named `x`. */
function read<T>(field: Field<T>, value: string | undefined): T {
  return readInputs({ x: field }, value === undefined ? {} : { INPUT_X: value }).x as T;
}

function problemsOf(spec: InputSpec, env: NodeJS.ProcessEnv): readonly UserError[] {
  try {
    readInputs(spec, env);
  } catch (error) {
    if (error instanceof UserErrors) return error.problems;
    if (error instanceof UserError) return [error];
    throw error;
  }
  throw new Error("the inputs were accepted");
}

const messageFor = <T>(field: Field<T>, value: string) =>
  problemsOf({ x: field }, { INPUT_X: value })[0]?.message;

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
    expect(read(duration(), value)).toBe(ms);
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
    expect(messageFor(duration(), value)).toBe(
      "input x: must be a duration such as 500ms, 30s, 5m, 1h30m or 2d.",
    );
  });

  it.each(["25d", "2147483648ms", "600h", `${"9".repeat(400)}s`])(
    "%s is longer than a timer can be",
    (value) => {
      expect(messageFor(duration(), value)).toBe("input x: must be at most 24d.");
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
    expect(read(boolean(), value)).toBe(expected);
  });

  it.each(["yes", "no", "on", "off", "1", "0", "tRUE", "true false", "'true'", "y"])(
    "%j is none",
    (value) => {
      expect(messageFor(boolean(), value)).toBe("input x: must be true or false.");
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
    expect(read(integer(), value)).toBe(expected);
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
    expect(messageFor(integer(), value)).toBe("input x: must be a whole number.");
  });

  it.each([
    [{ min: 1, max: 10 }, "a whole number from 1 to 10"],
    [{ min: 1 }, "a whole number of at least 1"],
    [{ max: -1 }, "a whole number of at most -1"],
  ])("outside of %j is refused with the bounds", (bounds, allowed) => {
    expect(messageFor(integer(bounds), "0")).toBe(`input x: must be ${allowed}.`);
  });

  it("takes both bounds and everything between", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b, value) => {
        const [min, max] = a <= b ? [a, b] : [b, a];
        const field = integer({ min, max });
        if (value >= min && value <= max) expect(read(field, String(value))).toBe(value);
        else expect(() => read(field, String(value))).toThrow(UserError);
        expect(read(field, String(min))).toBe(min);
        expect(read(field, String(max))).toBe(max);
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
    expect(read(list(), value)).toEqual(entries);
  });

  it.each([undefined, "", "  \n "])("is empty for %j", (value) => {
    expect(read(list(), value)).toEqual([]);
  });

  it("gives back its entries however they are joined and padded", () => {
    const entry = fc
      .string({ minLength: 1 })
      .map((value) => value.replace(/[\n\r,]/g, "").trim())
      .filter(Boolean);
    const joint = fc.constantFrom(",", "\n", "\r\n", " , ", ",\n", "\n\n");
    fc.assert(
      fc.property(fc.array(fc.tuple(entry, joint)), (pairs) => {
        expect(read(list(), pairs.flat().join(""))).toEqual(pairs.map(([value]) => value));
      }),
    );
  });
});

describe("a choice", () => {
  it("takes one of its words, as they are written", () => {
    expect(read(oneOf("info", "error"), " error ")).toBe("error");
    expect(messageFor(oneOf("info", "error"), "Error")).toBe("input x: must be one of info, error.");
    expect(messageFor(oneOf("info"), "constructor")).toBe("input x: must be one of info.");
  });
});

describe("the inputs of an action", () => {
  const spec = {
    "base-url": text(),
    "ssh-key": optional(secret()),
    "dry-run": boolean(),
    retries: optional(integer({ min: 0 })),
    "fail-on": oneOf("error", "none"),
    timeout: duration(),
    only: list(),
    "p95-ms": optional(integer()),
  } as const;
  const good = {
    "INPUT_BASE-URL": " https://app.example ",
    "INPUT_DRY-RUN": "true",
    "INPUT_FAIL-ON": "none",
    INPUT_TIMEOUT: "5m",
    INPUT_ONLY: "a\nb",
    "INPUT_P95-MS": "3",
  };

  it("come typed and under camel-case names", () => {
    const inputs = readInputs(spec, good);
    expect(inputs).toEqual({
      baseUrl: "https://app.example",
      sshKey: undefined,
      dryRun: true,
      retries: undefined,
      failOn: "none",
      timeout: 300_000,
      only: ["a", "b"],
      p95Ms: 3,
    });
    expectTypeOf(inputs).toEqualTypeOf<{
      readonly baseUrl: string;
      readonly sshKey: string | undefined;
      readonly dryRun: boolean;
      readonly retries: number | undefined;
      readonly failOn: "error" | "none";
      readonly timeout: number;
      readonly only: readonly string[];
      readonly p95Ms: number | undefined;
    }>();
    expectTypeOf<keyof InputsOf<typeof spec>>().not.toEqualTypeOf<"base-url">();
  });

  it("are read from the runner's variables", () => {
    expect(inputVariable("base-url")).toBe("INPUT_BASE-URL");
    expect(inputVariable("two words")).toBe("INPUT_TWO_WORDS");
    expect(camelCase("a-b1-2c-d")).toBe("aB12cD");
  });

  it("are checked all at once, each problem with its input, what is allowed and what was given", () => {
    const problems = problemsOf(spec, {
      "INPUT_BASE-URL": "",
      "INPUT_DRY-RUN": "ja",
      "INPUT_FAIL-ON": "warning",
      INPUT_TIMEOUT: "9".repeat(100),
      INPUT_RETRIES: "2x",
    });
    expect(problems.map(({ message, where }) => [where?.input, message])).toEqual([
      ["base-url", "input base-url: is required and is empty."],
      ["dry-run", "input dry-run: must be true or false."],
      ["retries", "input retries: must be a whole number of at least 0."],
      ["fail-on", "input fail-on: must be one of error, none."],
      ["timeout", "input timeout: must be a duration such as 500ms, 30s, 5m, 1h30m or 2d."],
    ]);
    expect(problems.map(({ hint }) => hint)).toEqual([
      expect.stringContaining("Set 'base-url' under 'with:'"),
      'It is "ja".',
      'It is "2x".',
      'It is "warning".',
      `It is "${"9".repeat(77)}...".`,
    ]);
  });

  it("give a single problem as itself", () => {
    expect(() => readInputs(spec, { ...good, INPUT_TIMEOUT: "soon" })).toThrow(UserError);
  });

  it("let a bug in a parser through as what it is", () => {
    const broken: Field<string> = {
      parse: () => {
        throw new TypeError("a bug");
      },
      secret: false,
    };
    expect(() => readInputs({ x: broken }, { INPUT_X: "1" })).toThrow(TypeError);
  });
});

describe("a secret input", () => {
  const pin: Field<number> = { ...integer({ max: 9_999 }), secret: true };

  it("never shows in the problem with it, nor in its causes", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6 }).filter((value) => /^\S*[g-z]\S*$/i.test(value)),
        (value) => {
          const fields: Field<unknown>[] = [pin, { ...duration(), secret: true }, { ...boolean(), secret: true }];
        for (const field of fields) {
            const env = { INPUT_X: `~${value}~` };
            for (const { message, hint, cause } of problemsOf({ x: optional(field) }, env)) {
              expect(`${message} ${hint} ${String(cause)}`).not.toContain(value);
              expect(hint).toBe(`It has ${value.length + 2} characters.`);
            }
          }
        },
      ),
    );
  });

  it("is handed to the masks as it was given, when there is one", () => {
    const spec = { key: secret(), token: optional(secret()), url: text(), pin, note: optional(secret()) };
    const env = {
      INPUT_KEY: " line 1\nline 2\n",
      INPUT_URL: "https://x",
      INPUT_PIN: "1234",
      INPUT_NOTE: " \n",
    };
    expect(secretValues(spec, env)).toEqual([" line 1\nline 2\n", "1234"]);
  });
});
