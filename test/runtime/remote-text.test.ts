import fc from "fast-check";
import { expect, test } from "vitest";
import { neutralizeCommands, remoteLine, remoteText, visible } from "../../shared/runtime/remote-text.ts";

/**
 * The runner's two parsers (actions/runner ActionCommand.cs, TryParseV2 and TryParse), taking any name for a registered
 * one. .NET compares by culture and so skips characters of no weight; here every invisible one and every mark is skipped.
 */
function isCommand(line: string): boolean {
  const skipped = /[[\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]--[\t]]/gv;
  return [line, line.replace(skipped, "")].some((message) => {
    const trimmed = message.trimStart();
    if (trimmed.startsWith("::") && trimmed.indexOf("::", 2) >= 0) return true;
    const prefix = message.indexOf("##[");
    return prefix >= 0 && message.indexOf("]", prefix) >= 0;
  });
}

/** .NET's StreamReader.ReadLine, with which the runner reads what a process prints. */
const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/);

const pieces = fc.constantFrom(
  ..."::,:,##[,#,[,],\n,\r,\r\n, ,\t,error,add-mask,x,\u001b[31m,\u001b]0;t\u0007,\u001b,\u009b,\0".split(
    ",",
  ),
  ..."\u200b,\u00ad,\u2028,\u0085,\u202e,\ufe0f,\u200d,\u3000,\u00a0,\u0301,\u034f,😀,é,\ud800,\ufeff".split(
    ",",
  ),
);
const hostile = fc.array(pieces, { maxLength: 30 }).map((each) => each.join(""));
const anything = fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 60 }));

test("the test's parser knows commands", () => {
  for (const line of [
    "::error::x",
    "  ::add-mask::x",
    "a ##[group]b",
    "\u00a0:\u200b:x::",
    "\u3000\ufe0f::x::y",
  ]) {
    expect(isCommand(line), line).toBe(true);
  }
  for (const line of ["a ::error::x", ": :error::x", "# #[group]", "::x"])
    expect(isCommand(line), line).toBe(false);
});

for (const [name, make] of Object.entries({ remoteText, remoteLine, neutralizeCommands })) {
  test(`no line of ${name} is a command to the runner`, () => {
    fc.assert(
      fc.property(anything, (text) => {
        for (const line of linesOf(make(text))) expect(isCommand(line), JSON.stringify(line)).toBe(false);
      }),
      { numRuns: 5000 },
    );
  });
}

test("nothing invisible is left, except blanks and what emoji and scripts need", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const left = remoteText(text).replace(
        /(?<=(?:\p{L}|\p{So}|\u0301)\ufe0f?)(?:\u200c|\u200d|\ufe0e|\ufe0f)/gu,
        "",
      );
      expect(left).not.toMatch(/[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Cs}]--[\t\n]]/v);
      expect(remoteLine(text)).not.toContain("\n");
    }),
    { numRuns: 2000 },
  );
});

const shown: [string, string, string][] = [
  ["a command", "::error::x", ": :error::x"],
  ["a command after blanks", "ok\n \t::set-output name=a::b", "ok\n \t: :set-output name=a::b"],
  ["an old command anywhere", "a ##[group]b ###[x]", "a # #[group]b ## #[x]"],
  ["a command that colours hide", "\u001b[1m:\u001b[0m:error::x", ": :error::x"],
  ["a command after a carriage return", "50%\r::error::x", "50%\n: :error::x"],
  ["double colons that are none", "std::vector 'x'::text ::1", "std::vector 'x'::text ::1"],
  ["colours and titles", "\u001b[1;31mred\u001b[0m \u001b]0;title\u0007x", "red x"],
  ["an escape that is cut off", "x\u001b", "x\\u{1b}"],
  ["a progress bar", "10%\r20%\r\ndone", "10%\n20%\ndone"],
  ["control characters", "a\0b\bc\u0085d", "a\\u{0}b\\u{8}c\\u{85}d"],
  ["a bidi override", "user\u202egnp.exe", "user\\u{202e}gnp.exe"],
  ["zero-width characters", "pay\u200bpal\ufeff", "pay\\u{200b}pal\\u{feff}"],
  ["half a character", "\ud83d", "\ufffd"],
  ["emoji and scripts", "⚠️ 👩‍💻 é می‌خواهم क्‍ष", "⚠️ 👩‍💻 é می‌خواهم क्‍ष"],
];
for (const [name, text, expected] of shown) {
  test(`${name}: shown as ${JSON.stringify(expected)}`, () => expect(remoteText(text)).toBe(expected));
}

test("what is too long is cut between characters, with the number of those left out", () => {
  expect(remoteText("abcdef", { max: 4 })).toBe("abcd… (2 more characters)");
  expect(remoteText("abc😀def", { max: 4 })).toBe("abc… (5 more characters)");
  expect(remoteText("abcd", { max: 4 })).toBe("abcd");
  expect(remoteLine("x".repeat(5300))).toBe(`${"x".repeat(300)}… (5,000 more characters)`);
});

test("one line has no line breaks and no runs of blanks", () => {
  expect(remoteLine("  a\r\n\tb  c\n")).toBe("a b c");
});

test("our own log text keeps its colours and line ends", () => {
  expect(neutralizeCommands("\u001b[32mok\u001b[0m\r\n  ::error::x\r::x")).toBe(
    "\u001b[32mok\u001b[0m\r\n  : :error::x\r: :x",
  );
});

test("a command is found behind characters that the runner's comparison skips", () => {
  expect(neutralizeCommands("\u200b:\u00ad:error::x")).toBe("\u200b: \u00ad:error::x");
  expect(neutralizeCommands("a #\u200b#\0[group]b")).toBe("a # \u200b#\0[group]b");
});

test("what is visible already stays as it is", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~\n\té漢😀]*$/u), (text) => {
      expect(visible(text)).toBe(text);
    }),
  );
});

test("a long line of colons, hashes or blanks takes no more than its length", () => {
  const size = 200_000;
  for (const text of ["\u200b", " ", ":", "#", ":\u200b", "#\u0301", "\n "]) {
    const long = text.repeat(size);
    expect(neutralizeCommands(long).length).toBeGreaterThanOrEqual(long.length);
  }
});
