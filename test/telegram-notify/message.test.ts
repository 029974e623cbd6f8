import { describe, expect, it } from "vitest";
import { compose, type Wording } from "../../actions/telegram-notify/src/compose.ts";
import type { DeployEvent } from "../../actions/telegram-notify/src/event.ts";
import { codePoints } from "../../actions/telegram-notify/src/rich-text.ts";
import { parseTemplate } from "../../actions/telegram-notify/src/template.ts";
import { eventOf } from "./event-of.ts";

const wording: Wording = { template: undefined, format: "text", env: {}, mentions: [], maxParts: 3 };
const textsOf = (event: Partial<DeployEvent>, more: Partial<Wording> = {}): string[] =>
  compose(eventOf(event), { ...wording, ...more }).parts.map(({ text }) => text);

const failed = {
  job: "build",
  step: "Run tests",
  error: "expected 1, got 2",
  url: "https://github.com/acme/shop/job/1",
};

describe("the message without a template", () => {
  it("says what went well, where and how long it took, with links", () => {
    const { parts } = compose(
      eventOf({ version: "v1.2", compareUrl: "https://github.com/acme/shop/compare/a...b" }),
      wording,
    );
    expect(parts[0]?.text).toBe(
      [
        "✅ deploy → production succeeded",
        "acme/shop · main",
        "Version v1.2",
        "0123456 Fix the cart (Robin)",
        "Took 1 min 1 s, by robin",
        "",
        "Run · Commit · Changes · Open",
      ].join("\n"),
    );
    expect(parts[0]?.entities.flatMap(({ url }) => url ?? [])).toEqual([
      "https://github.com/acme/shop/actions/runs/1",
      expect.stringContaining("/commit/0123456789"),
      "https://github.com/acme/shop/compare/a...b",
      "https://shop.example/",
    ]);
  });

  it("says which job and step failed, with the first error as code, and calls people", () => {
    const mentions = [
      { text: "@anna_test", user: undefined },
      { text: "Bo", user: 12 },
    ];
    const { parts } = compose(eventOf({ status: "failure", transition: "new", failed: [failed] }), {
      ...wording,
      mentions,
    });
    expect(parts[0]?.text).toContain("❌ deploy → production failed\n");
    expect(parts[0]?.text).toContain("\n\nFailed: build › Run tests\nexpected 1, got 2\n\n");
    expect(parts[0]?.text).toMatch(/\n\n@anna_test Bo$/);
    const code = parts[0]?.entities.find(({ type }) => type === "pre");
    expect(parts[0]?.text.slice(code?.offset).startsWith("expected 1, got 2")).toBe(true);
  });

  it("calls nobody when it went well", () => {
    expect(textsOf({}, { mentions: [{ text: "@anna_test", user: undefined }] })[0]).not.toContain("anna");
  });

  it.each<[Partial<DeployEvent>, string]>([
    [{ status: "started" }, "🚀 deploy → production started"],
    [{ status: "failure", transition: "still" }, "❌ deploy → production still fails"],
    [{ status: "success", transition: "recovered" }, "✅ deploy → production recovered"],
    [{ status: "cancelled" }, "⏹️ deploy → production was cancelled"],
    [{ status: "rolled-back", transition: "still" }, "↩️ deploy → production was rolled back"],
    [{ status: "info", environment: "" }, "ℹ️ deploy"],
    [{ title: "Version 2 is *out*" }, "✅ Version 2 is *out*"],
  ])("of %j begins with %s", (event, line) => {
    expect(textsOf(event)[0]?.split("\n")[0]).toBe(line);
  });

  it("names five failed jobs, and counts the others", () => {
    const [text = ""] = textsOf({ status: "failure", failed: Array.from({ length: 7 }, () => failed) });
    expect(text.match(/^Failed: /gm)).toHaveLength(5);
    expect(text).toContain("and 2 more failed jobs");
  });

  it("has the message in its format, and the fields", () => {
    const { parts } = compose(
      eventOf({ message: "**new** `x`", fields: [{ name: "Region", value: "*eu*" }] }),
      {
        ...wording,
        format: "markdown",
      },
    );
    expect(parts[0]?.text).toContain("\n\nnew x\n\nRegion: *eu*\n\n");
  });

  it("says nothing of what is not known", () => {
    const nothing = { repository: "", branch: "", actor: "", durationMs: undefined, environmentUrl: "" };
    const event = {
      ...nothing,
      commit: { sha: "", title: "", author: "", url: "" },
      run: { number: "", attempt: "", url: "" },
    };
    expect(textsOf(event)).toEqual(["✅ deploy → production succeeded"]);
  });

  it("writes an address out where Telegram makes no link of it", () => {
    expect(
      textsOf({
        environmentUrl: "http://shop.localhost/",
        run: { number: "1", attempt: "1", url: "http://forge/acme" },
      })[0],
    ).toMatch(/Run \(http:\/\/forge\/acme\) · Commit · Open$/);
  });

  it("shows HTML that is none as it is, and says so", () => {
    const { parts, remarks } = compose(eventOf({ message: "a < b" }), { ...wording, format: "html" });
    expect(parts[0]?.text).toContain("a < b");
    expect(remarks).toEqual([expect.stringMatching(/message is not the HTML/)]);
  });
});

describe("a composed text", () => {
  it("leaves the call for help in the first message, however long the text is", () => {
    const texts = textsOf(
      { status: "failure", message: "word ".repeat(9_000) },
      { mentions: [{ text: "@anna_test", user: undefined }], maxParts: 2 },
    );
    expect(texts).toHaveLength(2);
    expect(texts[0]).toMatch(/\n\n@anna_test$/);
    for (const text of texts) expect(codePoints(text)).toBeLessThanOrEqual(4096);
  });

  it("is the standard message where the template gives nothing", () => {
    const { template } = parseTemplate("{{#failure}}bad{{/failure}}", undefined);
    const { parts, remarks } = compose(eventOf(), { ...wording, template });
    expect(parts[0]?.text).toContain("deploy → production succeeded");
    expect(remarks).toEqual([expect.stringMatching(/empty/)]);
  });
});
