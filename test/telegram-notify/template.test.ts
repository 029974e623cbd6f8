import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeployEvent } from "../../actions/telegram-notify/src/event.ts";
import { type Format, format } from "../../actions/telegram-notify/src/own-text.ts";
import { valuesOf } from "../../actions/telegram-notify/src/placeholders.ts";
import type { RichText } from "../../actions/telegram-notify/src/rich-text.ts";
import { fillTemplate, parseTemplate } from "../../actions/telegram-notify/src/template.ts";
import { runs } from "../support/effort.ts";
import { eventOf } from "./event-of.ts";

const own = { fields: ["Region", "two words", "a.b"], env: { LOG: "line" } };

function fill(source: string, event: Partial<DeployEvent>, as: Format = "text"): RichText {
  const { template, mistakes } = parseTemplate(source, own);
  expect(mistakes).toEqual([]);
  return format(fillTemplate(template, valuesOf(eventOf(event), own.env)), as);
}

const job = { job: "build", step: "test", error: "it broke", url: "https://github.com/acme/shop" };

describe("a template", () => {
  it.each<[string, string, Partial<DeployEvent>]>([
    ["{{title}} {{{title}}} {{&title}}", "T T T", { title: "T" }],
    ["{{icon}} {{verdict}}", "✅ succeeded", {}],
    ["{{#failure}}bad{{/failure}}{{^failure}}good{{/failure}}", "good", {}],
    ["{{#failure}}bad{{/failure}}{{^failure}}good{{/failure}}", "bad", { status: "failure" }],
    ["{{#recovered}}back{{/recovered}}", "back", { transition: "recovered" }],
    ["{{#version}}v{{version}}={{.}}{{/version}}", "v1=1", { version: "1" }],
    ["{{#version}}v{{/version}}none", "none", { version: "" }],
    [
      "{{#failed}}{{job}}/{{step}}: {{error}} in {{workflow}}\n{{/failed}}",
      "build/test: it broke in deploy\n",
      { failed: [job] },
    ],
    ["{{^failed}}all well{{/failed}}", "all well", {}],
    [
      "{{#fields}}{{name}}={{value}};{{/fields}}",
      "Region=eu;",
      { fields: [{ name: "Region", value: "eu" }] },
    ],
    [
      "{{field.Region}} {{field.two words}}",
      "eu 2",
      {
        fields: [
          { name: "Region", value: "eu" },
          { name: "two words", value: "2" },
        ],
      },
    ],
    ["{{field.a.b}}", "dot", { fields: [{ name: "a.b", value: "dot" }] }],
    ["{{env.LOG}}", "line", {}],
    ["{{=<% %>=}}<%title%> {{title}} <%env.LOG%>", "T {{title}} line", { title: "T" }],
    ["{{! nothing }}x", "x", {}],
  ])("%s gives %j", (source, text, event) => {
    expect(fill(source, event)).toEqual({ text, entities: [] });
  });

  it.each<[string, number, RegExp, RegExp]>([
    ["a\n{{titel}}", 2, /no placeholder titel/, /title/],
    ["{{job}}", 1, /no placeholder job/, /\{\{#failed\}\}/],
    ["{{#fields}}{{job}}{{/fields}}", 1, /no placeholder job/, /failed/],
    ["{{failed}}", 1, /failed is a list/, /\{\{#failed\}\}/],
    ["{{success}}", 1, /success is a condition/, /\{\{#success\}\}/],
    ["{{field.Regoin}}", 1, /no placeholder field\.Regoin/, /field\.Region/],
    ["{{env.NONE}}", 1, /no placeholder env\.NONE/, /NONE under the step's 'env:'/],
    ["{{#failure}}{{nope}}{{/failure}}", 1, /no placeholder nope/, /There are: title/],
    ["{{> header}}", 1, /no parts in other files/, /header/],
    ["{{.}}", 1, /no placeholder \./, /./],
    ["{{constructor}}", 1, /no placeholder constructor/, /./],
    ["{{#title}}{{length}}{{/title}}", 1, /no placeholder length/, /./],
    ["{{__proto__}}", 1, /no placeholder __proto__/, /./],
  ])("%s is refused", (source, line, what, hint) => {
    const { mistakes } = parseTemplate(source, own);
    expect(mistakes).toEqual([
      { line, what: expect.stringMatching(what), hint: expect.stringMatching(hint) },
    ]);
  });

  it.each(["{{#failure}}x", "{{/failure}}", "{{title", "{{#a}}{{/b}}"])("%s is no template", (source) => {
    expect(() => parseTemplate(source, own)).toThrow(/is no template/);
  });

  it("is told all its mistakes at once", () => {
    expect(parseTemplate("{{a1}}{{#b1}}{{/b1}}{{c1}}", own).mistakes).toHaveLength(3);
  });

  it.each<Format>(["text", "html", "markdown"])("in %s never makes markup of a value", (as) => {
    const piece = fc.constantFrom(
      "<b>",
      "</b>",
      "**",
      "`",
      "\n",
      "[x](https://a.bc)",
      "&amp;",
      "q0v0z",
      "{{x}}",
      "q",
      "\\",
      "<",
      ">",
      "x",
    );
    const value = fc.oneof(
      fc.string({ unit: "grapheme-ascii" }),
      fc.array(piece).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(value, value, (title, message) => {
        const { text, entities } = fill("a{{title}}b {{message}}c", { title: title || "t", message }, as);
        expect(text.replaceAll("\r", "\n")).toBe(`a${title || "t"}b ${message}c`.replace(/\r\n?/g, "\n"));
        expect(entities).toEqual([]);
      }),
      { numRuns: runs(300, 20_000) },
    );
  });
});

describe("a value in an address", () => {
  const link = (source: string, title: string) => fill(source, { title }, "markdown").entities[0];

  it("is encoded, and cannot lead elsewhere", () => {
    expect(link("[x](https://a.example/tree/{{title}}?q=1)", "a/b#c?d&e")).toMatchObject({
      type: "text_link",
      url: "https://a.example/tree/a%2Fb%23c%3Fd%26e?q=1",
    });
  });

  it("may be the whole address", () => {
    expect(link("[x]({{title}})", "https://a.example/p?q=1#f")).toMatchObject({
      url: "https://a.example/p?q=1#f",
    });
  });

  it("that is no address of the web is shown instead", () => {
    expect(fill("[x]({{title}})", { title: "javascript:alert(1)" }, "markdown")).toEqual({
      text: "x (javascript:alert(1))",
      entities: [],
    });
    expect(fill('<a href="{{title}}">x</a>', { title: "http://localhost/" }, "html").text).toBe(
      "x (http://localhost/)",
    );
  });
});
