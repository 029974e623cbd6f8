import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyValuePairs } from "../../scripts/runner/command-files.ts";
import { LineSplitter } from "../../scripts/runner/line-splitter.ts";
import { Masker } from "../../scripts/runner/masker.ts";
import { parseCommand } from "../../scripts/runner/workflow-command.ts";
import { toWorkflowCommand } from "../../shared/runtime/annotations.ts";

describe("workflow commands", () => {
  const known = new Set(["error", "add-mask"]);
  test.each([
    ["::error::m", { name: "error", properties: {}, data: "m" }],
    ["  \t::ERROR::m", { name: "error", properties: {}, data: "m" }],
    [
      "::error file=a%3Ab%2Cc,line=,Col=2,=x::a::b",
      { name: "error", properties: { file: "a:b,c", col: "2" }, data: "a::b" },
    ],
    ["::error title=a=b::", { name: "error", properties: { title: "a=b" }, data: "" }],
    ["::add-mask::a%250Ab%0D%0A", { name: "add-mask", properties: {}, data: "a%0Ab\r\n" }],
    ["text ##[error line=1;col=2]m%5D", { name: "error", properties: { line: "1", col: "2" }, data: "m]" }],
    ["x ::error::m", undefined],
    [":error::m", undefined],
    ["::error m", undefined],
    ["::unknown::m", undefined],
    ["##[error", undefined],
    ["", undefined],
  ])("%j", (line, command) => {
    expect(parseCommand(line, known)).toEqual(command);
  });

  test("what the runtime writes is read back unchanged", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "%", "2", "5", "C", ":", ",", "=", " ", "\n", "\r", "é"),
      minLength: 1,
    });
    fc.assert(
      fc.property(text, text, (title, message) => {
        // The title stands last and a title of white space or a leading or trailing one is trimmed by the runner.
        fc.pre(title.trim() === title && !title.startsWith("="));
        const line = toWorkflowCommand({ level: "error", title, message, where: { file: "f", line: 1 } });
        expect(parseCommand(line, known)).toEqual({
          name: "error",
          properties: { title, file: "f", line: "1" },
          data: message,
        });
      }),
    );
  });
});

describe("command files", () => {
  test("what the toolkit writes is read back unchanged", () => {
    const name = fc.string({ minLength: 1, unit: fc.constantFrom("a", "b", "-", "1") });
    const value = fc.string({ unit: fc.constantFrom("a", "=", "<", "\n", "\r", " ", "E") });
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (pairs) => {
        const text = pairs
          .map(([key, content]) => `${key}<<ghadelimiter_1\n${content}\nghadelimiter_1\n`)
          .join("");
        expect([...keyValuePairs(text)]).toEqual(pairs);
      }),
    );
  });

  test.each([
    ["no separator", "Invalid format 'no separator'"],
    ["<<E\nx\nE\n", "Invalid format '<<E'. Name must not be empty and delimiter must not be empty"],
    ["a<<\nx\n", "Invalid format 'a<<'. Name must not be empty and delimiter must not be empty"],
    ["a<<E\nx\n", "Invalid value. Matching delimiter not found 'E'"],
    ["a<<E\nx", "Invalid value. EOF marker missing new line."],
    ["a<<E", "Invalid value. Matching delimiter not found 'E'"],
  ])("%j is refused", (text, message) => {
    expect(() => [...keyValuePairs(text)]).toThrow(new Error(message));
  });
});

describe("lines", () => {
  test("are the same however the stream is cut, and end at LF, CR LF and CR", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "\r", "\n") })), (chunks) => {
        const lines: string[] = [];
        const splitter = new LineSplitter((line) => lines.push(line));
        for (const chunk of chunks) splitter.push(chunk);
        splitter.end();
        const expected = chunks.join("").split(/\r\n|\n|\r/);
        if (expected.at(-1) === "") expected.pop();
        expect(lines).toEqual(expected);
      }),
    );
  });
});

describe("masks", () => {
  const masked = (secret: string, text: string) => {
    const masker = new Masker();
    masker.add(secret);
    return masker.mask(text);
  };

  // The forms that the runner masks, and the ones that it is known to leave.
  test.each([
    ["pa'ss\"<w>&x", "pa'ss\"<w>&x", "***"],
    ["hunter2!", btoa("hunter2!"), "***"],
    ["hunter2!", btoa("u:hunter2!"), "dTpo***"],
    ["hunter2!", "hunter2%21", "***"],
    ["a'b", "a''b", "***"],
    ['a"b', 'a\\"b', "***"],
    ["a\tb", "a\\tb", "***"],
    ["a<b", "a&lt;b", "***"],
    ['"quoted value"', "quoted value", "***"],
    ["secret&+xother-part", "secret&+ other-part", "*** ***"],
    ["abab", "ababab", "***"],
    ["one", "oneone", "***"],
    ["hunter2!", "HUNTER2!", "HUNTER2!"],
    ["hunter2!", Buffer.from("hunter2!").toString("hex"), Buffer.from("hunter2!").toString("hex")],
    ["hunter2!", "hunter2%21".toLowerCase().replace("2%", "2 %"), "hunter2 %21"],
  ])("%j in %j", (secret, text, expected) => {
    expect(masked(secret, text)).toBe(expected);
  });

  test("a masked value is nowhere in the text afterwards, and nothing else is lost", () => {
    const secret = fc.string({ minLength: 2, unit: fc.constantFrom("a", "b", "&", "'", '"', "%") });
    const between = fc.string({ unit: fc.constantFrom("x", "y", " ") });
    fc.assert(
      fc.property(secret, fc.array(between, { minLength: 2 }), (value, texts) => {
        const result = masked(value, texts.join(value));
        expect(result).not.toContain(value);
        expect(result.replaceAll("***", "")).toBe(texts.join(""));
      }),
    );
  });
});
