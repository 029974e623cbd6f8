import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runs } from "../support/effort.ts";
import { formatText } from "../support/telegram/formatted-text.ts";
import { parseHtml } from "../support/telegram/html.ts";
import { linkProblem } from "../support/telegram/link.ts";
import { parseMarkdownV2 } from "../support/telegram/markdown-v2.ts";
import type { Parsed } from "../support/telegram/parsed.ts";

/** The text with its entities written around what they cover, outermost first. */
function written({ text, entities }: Parsed): string {
  const marks: string[][] = Array.from({ length: text.length + 1 }, () => []);
  const sorted = entities.toSorted((one, other) => one.offset - other.offset || other.length - one.length);
  for (const { type, offset, length, url, language, user } of sorted) {
    const argument = url ?? language ?? user?.id;
    marks[offset]?.push(`<${type}${argument === undefined ? "" : ` ${argument}`}>`);
    marks[offset + length]?.unshift(`</${type}>`);
  }
  return marks.map((mark, index) => mark.join("") + (text[index] ?? "")).join("");
}

const outcome = (parse: () => Parsed): string => {
  try {
    return written(parse());
  } catch (error) {
    return (error as Error).message;
  }
};

describe("HTML, as the fake Bot API server reads it", () => {
  it.each([
    ["<b>one</b> <strong>two</strong>", "<bold>one</bold> <bold>two</bold>"],
    ["<i>a</i><em>b</em>", "<italic>a</italic><italic>b</italic>"],
    ["<u>a</u><ins>b</ins>", "<underline>a</underline><underline>b</underline>"],
    [
      "<s>a</s><strike>b</strike><del>c</del>",
      "<strikethrough>a</strikethrough><strikethrough>b</strikethrough><strikethrough>c</strikethrough>",
    ],
    [
      '<span class="tg-spoiler">a</span><tg-spoiler>b</tg-spoiler>',
      "<spoiler>a</spoiler><spoiler>b</spoiler>",
    ],
    ["<b>a <i>b <s>c</s></i> d</b>", "<bold>a <italic>b <strikethrough>c</strikethrough></italic> d</bold>"],
    [
      '<a href="https://example.com/?a=1&amp;b=2">x</a>',
      "<text_link https://example.com/?a=1&b=2>x</text_link>",
    ],
    ["<a href='https://example.com'>x</a>", "<text_link https://example.com>x</text_link>"],
    ['<a href="tg://user?id=123456789">x</a>', "<text_mention 123456789>x</text_mention>"],
    ["<a>https://example.com</a>", "<text_link https://example.com>https://example.com</text_link>"],
    ["<code>a</code><pre>b</pre>", "<code>a</code><pre>b</pre>"],
    ['<pre><code class="language-ts">a</code></pre>', "<pre ts>a</pre>"],
    ['<code class="language-ts"><pre>a</pre></code>', "<pre ts>a</pre>"],
    ['<code class="language-ts">a</code>', "<code>a</code>"],
    ["<blockquote>a</blockquote>", "<blockquote>a</blockquote>"],
    ["<blockquote expandable>a</blockquote>", "<expandable_blockquote>a</expandable_blockquote>"],
    ["<B>a</b >", "<bold>a</bold>"],
    ["<b>a</>", "<bold>a</bold>"],
    ["<b></b>a", "a"],
    ["&lt;b&gt; &amp; &quot;", '<b> & "'],
    ["?a=1&lt=2&ampx", "?a=1<=2&ampx"],
    ["&nbsp;&copy;&#0;&#1114111;&", "&nbsp;&copy;&#0;&#1114111;&"],
    ["&#65;&#x1f600;&#65", "A😀A"],
  ])("shows %s as %s", (source, shown) => {
    expect(outcome(() => parseHtml(source))).toBe(shown);
  });

  it.each([
    ["a <c>", 'Unsupported start tag "c" at byte offset 2'],
    ["1 < 2 > 1", 'Unsupported start tag "" at byte offset 2'],
    ["ä<nobody@example.invalid>", 'Unsupported start tag "nobody@example.invalid" at byte offset 2'],
    ["<b", "Unclosed start tag at byte offset 0"],
    ["<b>a", 'Can\'t find end tag corresponding to start tag "b"'],
    ["a</b>", "Unexpected end tag at byte offset 1"],
    ["<b>a</b", "Unclosed end tag at byte offset 4"],
    ["<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
    ['<a "x">', 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'],
    ["<a =x>", 'Empty attribute name in the tag "a" at byte offset 0'],
    ["<a href=a_b>x</a>", "Unexpected end of name token at byte offset 8"],
    ['<a href="x', "Unclosed start tag at byte offset 0"],
    ["<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
    [
      "&#xd800;",
      "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units",
    ],
  ])("refuses %s: %s", (source, message) => {
    expect(outcome(() => parseHtml(source))).toBe(message);
  });

  it("shows every text exactly, once three characters are escaped", () => {
    const escaped = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(parseHtml(`<b>${escaped(text)}</b>`).text).toBe(text);
      }),
      { numRuns: runs(200, 10_000) },
    );
  });
});

describe("MarkdownV2, as the fake Bot API server reads it", () => {
  it.each([
    [
      "*a* _b_ __c__ ~d~ ||e||",
      "<bold>a</bold> <italic>b</italic> <underline>c</underline> <strikethrough>d</strikethrough> <spoiler>e</spoiler>",
    ],
    ["*a _b __c___*", "<bold>a <italic>b <underline>c</underline></italic></bold>"],
    ["*a _b_*", "<bold>a <italic>b</italic></bold>"],
    ["[x](https://example.com/\\))", "<text_link https://example.com/)>x</text_link>"],
    ["[x](tg://user?id=5)", "<text_mention 5>x</text_mention>"],
    ["`a*b`", "<code>a*b</code>"],
    ["```\na_b\n```", "<pre>a_b\n</pre>"],
    ["```ts\na```", "<pre ts>a</pre>"],
    [">a\n>b\nc", "<blockquote>a\nb\n</blockquote>c"],
    ["a\n>b", "a\n<blockquote>b</blockquote>"],
    ["\\_\\*\\.\\\\", "_*.\\"],
    ["a\\ä", "a\\ä"],
    ["1\\.5 \\- x", "1.5 - x"],
  ])("shows %s as %s", (source, shown) => {
    expect(outcome(() => parseMarkdownV2(source))).toBe(shown);
  });

  it.each([..."]()>#+-=|{}.!"])("refuses %s where it is not escaped", (character) => {
    expect(outcome(() => parseMarkdownV2(`a${character}`))).toBe(
      `Character '${character}' is reserved and must be escaped with the preceding '\\'`,
    );
  });

  it.each([
    ["ä*b", "Can't find end of Bold entity at byte offset 2"],
    ["_b", "Can't find end of Italic entity at byte offset 0"],
    ["__a _b___", "Can't find end of Italic entity at byte offset 8"],
    ["```ts\nb", "Can't find end of PreCode entity at byte offset 0"],
    ["[a](b", "Can't find end of a URL at byte offset 4"],
    [">*a\nb*", "Can't find end of Bold entity at byte offset 1"],
    ["![a]", "Custom emoji entity must contain a tg://emoji URL"],
  ])("refuses %s: %s", (source, message) => {
    expect(outcome(() => parseMarkdownV2(source))).toBe(message);
  });

  it("shows every text exactly, once every ASCII character but letters and digits is escaped", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(parseMarkdownV2(text.replace(/[\n -/:-@[-`{-~]/g, "\\$&")).text).toBe(text);
      }),
      { numRuns: runs(200, 10_000) },
    );
  });
});

const message =
  (text: string, entities: readonly Parameters<typeof entity>[] = []) =>
  () =>
    formatText(
      { text, parseMode: undefined, entities: entities.map((given) => entity(...given)) },
      "message",
    );
const entity = (
  type: "bold" | "italic" | "code" | "pre" | "blockquote" | "text_link",
  offset: number,
  length: number,
) => ({ type, offset, length, ...(type === "text_link" ? { url: "https://example.com" } : {}) });
const html = (text: string) => () => formatText({ text, parseMode: "HTML", entities: undefined }, "message");

describe("what the fake Bot API server makes of a text", () => {
  it.each([
    ["spaces and line breaks at its ends go", " \n a b \n", "a b"],
    ["control characters become spaces", "a\tb\0c\u001b[0m", "a b c [0m"],
    ["carriage returns go", "a\r\nb\rc", "a\nbc"],
    ["separators and overrides go", "a\u2028b\u2029c\u202ed", "abcd"],
    ["marks that draw lines go", "a\u0333\u033f\u030ab", "ab"],
    ["of direction marks in a row the last stays", "a\u200e\u200f\u200eb", "a\u200c\u200c\u200eb"],
    ["what stands between words stays", "a  b\n\n\nc", "a  b\n\n\nc"],
  ])("%s", (_, source, shown) => {
    expect(message(source)().text).toBe(shown);
  });

  it.each([
    ["nothing", "", "message text is empty"],
    ["white space", " \n\t ", "text must be non-empty"],
    ["characters without width", "\u200b\u200d\ufeff\u00a0\u3164".slice(0, 4), "text must be non-empty"],
    ["half a character", "a\ud83d", "text must be encoded in UTF-8"],
    ["more than 4,096 code points", "😀".repeat(4097), "message is too long"],
    ["more than 32,768 bytes", "😀".repeat(8193), "text is too long"],
  ])("refuses %s", (_, source, reason) => {
    expect(message(source)).toThrow(`Bad Request: ${reason}`);
  });

  it("counts code points, after parsing", () => {
    expect(message("😀".repeat(4096))().text).toHaveLength(8192);
    expect(html(`<b>${"x".repeat(4096)}</b>`)().text).toHaveLength(4096);
    expect(html("x".repeat(4097))).toThrow("Bad Request: message is too long");
    const caption = { parseMode: undefined, entities: undefined };
    expect(formatText({ ...caption, text: "😀".repeat(1024) }, "caption").text).toHaveLength(2048);
    expect(() => formatText({ ...caption, text: "x".repeat(1025) }, "caption")).toThrow(
      "Bad Request: message caption is too long",
    );
  });

  it.each([
    ["beyond the end", "ab", ["bold", 2, 1], "entity begins after the end of the text at UTF-16 offset 2"],
    ["over the end", "ab", ["bold", 1, 2], "entity beginning at UTF-16 offset 1 ends after the end"],
    ["from within a character", "😀a", ["bold", 1, 2], "entity begins in a middle of a UTF-16 symbol"],
    ["to within a character", "a😀", ["bold", 0, 2], "ends in a middle of a UTF-16 symbol"],
    ["before the start", "ab", ["bold", -1, 1], "receive an entity with incorrect offset -1"],
  ] as const)("refuses an entity %s", (_, text, [type, offset, length], reason) => {
    expect(message(text, [[type, offset, length]])).toThrow(reason);
  });

  it.each([
    ["moves with what is taken out before it", "\r\n\ra b", [["bold", 5, 1]], "a <bold>b</bold>"],
    ["loses the white space at its start", "a b c", [["bold", 1, 3]], "a <bold>b </bold>c"],
    ["goes when it covers nothing else", "a  b", [["bold", 1, 2]], "a  b"],
    ["keeps it in code", "  a", [["pre", 0, 3]], "<pre>  a</pre>"],
    [
      "is merged with its like",
      "abc",
      [
        ["bold", 0, 2],
        ["bold", 1, 2],
      ],
      "<bold>abc</bold>",
    ],
    [
      "is cut where another begins",
      "abc",
      [
        ["bold", 0, 2],
        ["text_link", 1, 2],
      ],
      "<bold>a</bold><text_link https://example.com><bold>b</bold>c</text_link>",
    ],
    [
      "ends where code begins",
      "abc",
      [
        ["bold", 0, 3],
        ["code", 1, 1],
      ],
      "<bold>a</bold><code>b</code><bold>c</bold>",
    ],
    [
      "may hold others as a quote",
      "abc",
      [
        ["blockquote", 0, 3],
        ["code", 1, 1],
      ],
      "<blockquote>a<code>b</code>c</blockquote>",
    ],
  ] as const)("an entity %s", (_, text, entities, shown) => {
    expect(
      outcome(
        message(
          text,
          entities.map(([...given]) => given),
        ),
      ),
    ).toBe(shown);
  });

  it.each([
    [
      "a link within code",
      "abc",
      [
        ["code", 0, 3],
        ["text_link", 1, 1],
      ],
      ["text_link at 1, 1 long"],
    ],
    [
      "code over the edge of a quote",
      "abc",
      [
        ["blockquote", 0, 2],
        ["code", 1, 2],
      ],
      ["code at 1, 2 long"],
    ],
    [
      "code within bold",
      "abc",
      [
        ["bold", 0, 3],
        ["code", 1, 1],
      ],
      [],
    ],
  ] as const)("says what is lost: %s", (_, text, entities, flaws) => {
    const found = message(
      text,
      entities.map(([...given]) => given),
    )().flaws;
    expect(found.map((flaw) => flaw.replace(", lies across another entity", ""))).toEqual(flaws);
  });

  it("shows a hundred entities, and says that the others are lost", () => {
    const many = html("<b>x</b> ".repeat(101))();
    expect(many.entities).toHaveLength(100);
    expect(many.flaws).toEqual(["1 of the entities come after the hundredth"]);
  });

  it("refuses entities that are too large together", () => {
    const link = `<a href="https://example.com/${"x".repeat(200)}">x</a> `;
    expect(html(link.repeat(40))().entities).toHaveLength(40);
    expect(html(link.repeat(60))).toThrow("Bad Request: ENTITIES_TOO_LONG");
  });

  it("finds links and mentions that are written out, but not in code", () => {
    expect(outcome(html("see https://example.com/a. and @somebody <code>@nobody #1</code> #tag"))).toBe(
      "see <url>https://example.com/a</url>. and <mention>@somebody</mention> <code>@nobody #1</code> <hashtag>#tag</hashtag>",
    );
  });

  it("takes one way of formatting, of those it knows", () => {
    const text = "*a*";
    expect(() => formatText({ text, parseMode: "CommonMark", entities: undefined }, "message")).toThrow(
      "unsupported parse_mode",
    );
    expect(() => formatText({ text, parseMode: "html", entities: [] }, "message")).toThrow(
      "only one is read",
    );
    expect(formatText({ text, parseMode: "markdownv2", entities: undefined }, "message").text).toBe("a");
  });
});

describe("what the fake Bot API server takes for a link", () => {
  it.each([
    "https://example.com",
    "http://user:pass@example.com:8080/a?b#c",
    "example.com/a",
    "https://127.0.0.1:8080/",
    "http://[::1]/",
    "https://bücher.example/",
    "tg://user?id=1",
  ])("%s", (url) => {
    expect(linkProblem(url)).toBeUndefined();
  });

  it.each([
    ["http://localhost:8080/", "Wrong HTTP URL"],
    ["https://intranet/a.b", "Wrong HTTP URL"],
    ["javascript://x.y", "Unsupported URL protocol"],
    ["ftp://example.com", "Unsupported URL protocol"],
    ["", "URL host is empty"],
    ["https://exa mple.com", "Wrong URL host"],
    ["https://example.com:99999", "Wrong port number specified in the URL"],
  ])("but not %s: %s", (url, problem) => {
    expect(linkProblem(url)).toBe(problem);
  });

  it("leaves a link out silently in HTML, and says so", () => {
    const { text, entities, flaws } = html('<a href="http://localhost/">here</a>')();
    expect({ text, entities }).toEqual({ text: "here", entities: [] });
    expect(flaws).toEqual(["the link to 'http://localhost/': Wrong HTTP URL"]);
  });
});
