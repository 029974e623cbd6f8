import { describe, expect, it } from "vitest";
import { type Format, format, formatLeniently } from "../../actions/telegram-notify/src/own-text.ts";

/** A text with its entities in the form `type:what it covers`. */
function read(source: string, as: Format): [string, string[]] {
  const { text, entities } = format([source], as);
  return [
    text,
    entities.map(({ type, offset, length, url, language }) => {
      const more = url ?? language;
      return `${type}${more === undefined ? "" : `(${more})`}:${text.slice(offset, offset + length)}`;
    }),
  ];
}

describe("CommonMark", () => {
  it.each<[string, string, string[]]>([
    ["a **b** *c* `d`", "a b c d", ["bold:b", "italic:c", "code:d"]],
    ["***x***", "x", ["italic:x", "bold:x"]],
    ["# Title\n\ntext", "Title\n\ntext", ["bold:Title"]],
    ["a\nb\\\nc", "a\nb\nc", []],
    ["- a\n- b\n  - c\n- d", "• a\n• b\n   • c\n• d", []],
    ["3. a\n4. b", "3. a\n4. b", []],
    ["- a\n\n- b", "• a\n\n• b", []],
    ["> q **b**\n>\n> r\n\ns", "q b\n\nr\n\ns", ["blockquote:q b\n\nr", "bold:b"]],
    ["> a\n> > b", "a\n\nb", ["blockquote:a\n\nb"]],
    ["```ts\n  x <b>\n\ty\n```", "  x <b>\n\ty", ["pre(ts):  x <b>\n\ty"]],
    ["```\n```\nx", "x", []],
    ["    indented", "indented", ["pre:indented"]],
    ["[a **b**](https://x.example/ 'title')", "a b", ["text_link(https://x.example/):a b", "bold:b"]],
    ["[`a`](https://x.example/)", "a", ["text_link(https://x.example/):a"]],
    ["**a `b` c**", "a b c", ["bold:a b c", "code:b"]],
    ["![alt](https://x.example/p.png)", "alt", ["text_link(https://x.example/p.png):alt"]],
    ["<https://x.example>", "https://x.example", ["text_link(https://x.example/):https://x.example"]],
    ["[a](relative/path)", "a (relative/path)", []],
    ["<b>raw</b> &amp; \\*", "<b>raw</b> & *", []],
    ["<div>\nraw\n</div>", "<div>\nraw\n</div>", []],
    ["a\n\n***\n\nb", "a\n\n———\n\nb", []],
    ["", "", []],
  ])("%j shows %j", (source, text, entities) => {
    expect(read(source, "markdown")).toEqual([text, entities]);
  });
});

describe("the HTML of Telegram", () => {
  it.each<[string, string, string[]]>([
    ["<b>a</b><strong>b</strong>", "ab", ["bold:a", "bold:b"]],
    ["<i>a <u>b <s>c</s></u></i>", "a b c", ["italic:a b c", "underline:b c", "strikethrough:c"]],
    ['<a href="https://x.example/?a=1&amp;b=2">a</a>', "a", ["text_link(https://x.example/?a=1&b=2):a"]],
    ["<a href=https://x.example>a</a>", "a", ["text_link(https://x.example/):a"]],
    ['<span class="tg-spoiler">a</span><tg-spoiler>b</tg-spoiler>', "ab", ["spoiler:a", "spoiler:b"]],
    ['<pre><code class="language-js">a  b</code></pre>', "a  b", ["pre(js):a  b"]],
    ["<pre>a</pre> <code>b</code>", "a b", ["pre:a", "code:b"]],
    ["<blockquote expandable>a</blockquote>", "a", ["expandable_blockquote:a"]],
    ["<BLOCKQUOTE>a</BLOCKQUOTE>", "a", ["blockquote:a"]],
    [
      "a &lt;b&gt; &amp;amp; &quot; &#60;&#x3C; &nbsp; &lt & ?a=1&lt=2",
      'a <b> &amp; " << &nbsp; &lt & ?a=1&lt=2',
      [],
    ],
    ["a > b", "a > b", []],
    ["<b></b>x", "x", []],
    ["line\n  <b>two</b>", "line\n  two", ["bold:two"]],
  ])("%j shows %j", (source, text, entities) => {
    expect(read(source, "html")).toEqual([text, entities]);
  });

  it.each([
    ["<div>a</div>", /line 1: <div> is no tag for a message/],
    ["a\n<b>b", /line 2: <b> is never closed/],
    ["<b><i>a</b></i>", /<\/b> where <\/i> has to come first/],
    ["a</b>", /nothing is open/],
    ["a < b", /&lt;/],
    ["<b", /&lt;/],
    ["<a>x</a>", /no href/],
    ["<span>x</span>", /tg-spoiler/],
    ["<constructor>x</constructor>", /no tag/],
  ])("%j is refused", (source, reason) => {
    expect(() => format([source], "html")).toThrow(reason);
  });

  it("that is none shows as it was written where it must not be refused", () => {
    const { note, problem } = formatLeniently(["1 < 2 <b>"], "html");
    expect(note).toEqual({ text: "1 < 2 <b>", entities: [] });
    expect(problem).toMatch(/line 1/);
  });
});

describe("what a message cannot show", () => {
  it.each([
    ["a\u202eb", "a\\u{202e}b"],
    ["\u001b[31mred\u001b[0m\u0000", "red\\u{0}"],
    ["A\u030a x\u0333", "Å x\\u{333}"],
    ["a\r\nb\rc", "a\nb\nc"],
    ["\ud800", "\ufffd"],
  ])("%j is written out as %j", (source, text) => {
    expect(read(source, "text")).toEqual([text, []]);
  });

  it.each(["👩🏽‍💻", "1️⃣", "🏳️‍🌈", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "‼️", "❤️", "e\u0301"])("%s is not that", (text) => {
    expect(read(`a${text}b`, "text")).toEqual([`a${text}b`, []]);
  });
});
