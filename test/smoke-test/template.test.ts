import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  escapeNames,
  fill,
  mapStrings,
  namesIn,
  parseTemplate,
} from "../../actions/smoke-test/src/template.ts";
import { runs } from "../support/effort.ts";

const NAME = `\${NAME}`;
const values: Readonly<Record<string, string>> = { NAME: "value", A_1: "one", "with-dash": "dash" };
const filled = (text: string) => fill(parseTemplate(text), (name) => values[name]);

describe("a text with names", () => {
  it.each([
    ["", ""],
    ["plain", "plain"],
    [NAME, "value"],
    [`<${NAME}>${NAME}`, "<value>value"],
    [`\${A_1}-\${with-dash}`, "one-dash"],
    [`$\${NAME}`, `\${NAME}`],
    [`$$\${NAME}`, `$\${NAME}`],
    ["a $ b {c} $NAME", "a $ b {c} $NAME"],
    [`\${1A} \${} \${A B}`, `\${1A} \${} \${A B}`],
    [`\${NAME`, `\${NAME`],
  ])("%j becomes %j", (text, expected) => {
    expect(filled(text)).toBe(expected);
  });

  it("tells its names, each once", () => {
    expect(namesIn(parseTemplate(`${NAME}/\${A}/${NAME}/$\${B}`))).toEqual(["NAME", "A"]);
  });

  it("is never filled in with a value's own names", () => {
    expect(fill(parseTemplate(NAME), () => `\${OTHER}`)).toBe(`\${OTHER}`);
  });

  it("without a value for a name is a bug of the caller", () => {
    expect(() => fill(parseTemplate(NAME), () => undefined)).toThrow("no value for NAME");
  });

  it("stands for itself once it is escaped, whatever it is", () => {
    const anyText = fc
      .array(fc.constantFrom("$", "{", "}", "N", `\${N}`, " ", "é"))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(anyText, (text) => {
        const escaped = escapeNames(text);
        expect(namesIn(parseTemplate(escaped))).toEqual([]);
        expect(filled(escaped)).toBe(text);
      }),
      { numRuns: runs(300, 20_000) },
    );
  });
});

describe("a JSON value", () => {
  it("has every text in it changed, and nothing else", () => {
    const shout = (text: string) => text.toUpperCase();
    expect(mapStrings({ key: ["a", { b: "c" }], n: 1, t: true, z: null }, shout)).toEqual({
      key: ["A", { b: "C" }],
      n: 1,
      t: true,
      z: null,
    });
  });
});
