import { describe, expect, it } from "vitest";
import * as matching from "../../actions/smoke-test/src/matcher.ts";
import { isFound } from "../../actions/smoke-test/src/pattern.ts";
import { Redactor } from "../../shared/runtime/redactor.ts";

type Matcher = matching.Matcher;
const missing = undefined;
const nothingSecret = new Redactor();
const mismatch = (matcher: Matcher, value: unknown) => matching.mismatch(matcher, value, nothingSecret);
const textMismatch = (matcher: Matcher, text: string | undefined) =>
  matching.textMismatch(matcher, text, nothingSecret);

describe("a matcher", () => {
  it.each<[Matcher, unknown, boolean]>([
    ["healthy", "healthy", true],
    ["healthy", "Healthy", false],
    ["healthy", missing, false],
    [5, 5, true],
    [5, "5", false],
    [true, "true", false],
    [null, null, true],
    [null, missing, false],
    [{ equals: 5 }, 5, true],
    [{ equals: 5 }, 6, false],
    [{ not: "down" }, "up", true],
    [{ not: "down" }, "down", false],
    [{ not: "down" }, missing, false],
    [{ contains: "ell" }, "hello", true],
    [{ contains: "ell" }, "world", false],
    [{ contains: "b" }, ["a", "b"], true],
    [{ matches: "^v\\d+$" }, "v12", true],
    [{ matches: "^v\\d+$" }, "v1.2", false],
    [{ matches: "^12$" }, 12, true],
    [{ exists: true }, null, true],
    [{ exists: true }, missing, false],
    [{ exists: false }, missing, true],
    [{ exists: false }, null, false],
    [{ exists: false }, "", false],
    [{ min: 1 }, 1, true],
    [{ min: 1 }, 0, false],
    [{ min: 1, max: 3 }, 3, true],
    [{ min: 1, max: 3 }, 4, false],
    [{ min: 1 }, "12.50", true],
    [{ max: 12 }, "12.50", false],
    [{ min: 0 }, "many", false],
    [{ min: 0 }, "", false],
    [{ max: 9 }, null, false],
    [{ length: 2 }, "🚀🚀", true],
    [{ length: 2 }, [1, 2], true],
    [{ length: 2 }, { a: 1, b: 2 }, true],
    [{ length: 2 }, 22, false],
    [{ length: 0 }, [], true],
    [{ contains: "a", not: "bab" }, "bab", false],
  ])("%j on %j: %j", (matcher, value, matches) => {
    expect(mismatch(matcher, value) === undefined).toBe(matches);
  });

  it("says what was expected and what came", () => {
    expect(mismatch({ min: 1, max: 3 }, 7)).toBe("expected at least 1 and at most 3, got 7");
    expect(mismatch({ contains: "ok" }, "no")).toBe('expected text with "ok", got "no"');
    expect(mismatch("up", missing)).toBe('expected "up", got nothing');
    expect(mismatch({ exists: true }, missing)).toBe("expected a value, got nothing");
    expect(mismatch({ exists: false }, 1)).toBe("expected nothing, got 1");
  });

  it.each<[Matcher, string | undefined, boolean]>([
    [5, "5", true],
    [true, "true", true],
    [{ equals: 5 }, "5", true],
    [{ not: 5 }, "5", false],
    [{ not: 5 }, "6", true],
    [{ min: 10 }, "50", true],
    [{ min: 10 }, "9", false],
    [5, missing, false],
    [{ exists: false }, missing, true],
  ])("on a header %j compares with the text %j: %j", (matcher, text, matches) => {
    expect(textMismatch(matcher, text) === undefined).toBe(matches);
  });

  it("shows a hostile value on one line that is no command to the runner", () => {
    const shown = mismatch("x", "::error::a\n::set-output name=a::b\u202e") ?? "";
    expect(shown).toContain(String.raw`\n::set-output`);
    expect(shown).toContain("\\u{202e}");
    expect(shown).not.toMatch(/[\n\r\u202e]/);
  });
});

describe("a regular expression", () => {
  it("that backtracks without end counts as not found, and does not hold the run up", () => {
    expect(isFound("^(a+)+$", `${"a".repeat(40)}b`)).toBe(false);
  });
});
