import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runs } from "../support/effort.ts";
import { formatText } from "../support/telegram/formatted-text.ts";
import { previewPage } from "../support/telegram/preview.ts";
import { textHtml } from "../support/telegram/preview-text.ts";
import { Service } from "../support/telegram/service.ts";
import { Uploads } from "../support/telegram/upload.ts";

const html = (text: string): string =>
  textHtml(formatText({ text, parseMode: "HTML", entities: undefined }, "message"));

/** What a reader of the HTML sees, leaving the breaks around blocks aside. */
const seen = (markup: string): string =>
  markup.replace(/<[^>]*>/g, "").replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));

describe("the preview of a chat", () => {
  it.each([
    ["<b>a <i>b</i></b>", "<b>a </b><b><i>b</i></b>"],
    ["<code>a&lt;b</code>", "<code>a&#60;b</code>"],
    [
      '<pre><code class="language-ts">a</code></pre>',
      '<pre><span class="language">ts</span><code>a</code></pre>',
    ],
    ["a\n<blockquote>b</blockquote>\nc", "a<blockquote>b</blockquote>c"],
    ['<a href="https://example.com/?a&quot;b">x</a>', '<a href="https://example.com/?a&#34;b">x</a>'],
    ["https://example.com", '<a href="https://example.com">https://example.com</a>'],
    ['<a href="tg://user?id=5">x</a>', '<a title="user 5">x</a>'],
    ["<tg-spoiler>a</tg-spoiler>", '<span class="spoiler">a</span>'],
  ])("shows %s as %s", (source, shown) => {
    expect(html(source)).toBe(shown);
  });

  it("shows every character of every text, whatever entities lie over it", () => {
    const entity = fc.record({
      type: fc.constantFrom("bold", "italic", "code", "spoiler", "underline"),
      offset: fc.nat(20),
      length: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z<>&" ]{40}x$/), fc.array(entity), (text, entities) => {
        const formatted = formatText({ text, parseMode: undefined, entities }, "message");
        expect(seen(textHtml(formatted))).toBe(formatted.text);
      }),
      { numRuns: runs(100, 5_000) },
    );
  });

  it("is a page with the chat's name, topics, files, replies and pins, and nothing from elsewhere", () => {
    const service = new Service([{ id: -1, title: "<Team>", topics: { 5: "Deploys" } }]);
    const { sendMessage, pinChatMessage, sendDocument, editMessageText } = service.handlers;
    const none = new Uploads(new Map());
    const first = sendMessage({ chat_id: -1, text: "started" }, none) as { message_id: number };
    editMessageText({ chat_id: -1, message_id: first.message_id, text: "deployed" }, none);
    pinChatMessage({ chat_id: -1, message_id: first.message_id }, none);
    const log = { name: "build.log", type: "", bytes: Buffer.alloc(2048, "x") };
    const reply = { message_thread_id: 5, reply_parameters: { message_id: first.message_id } };
    sendDocument({ chat_id: -1, caption: "log", ...reply }, new Uploads(new Map([["document", log]])));
    const page = previewPage(service.chat(-1), { theme: "dark" });
    for (const part of [
      'data-theme="dark"',
      "<title>&#60;Team&#62;</title>",
      '<div class="pin">📌 deployed</div>',
      "📌 edited",
      "<h2>General</h2>",
      "<h2>Deploys</h2>",
      '<div class="reply">deployed</div>',
      '<p>build.log<br><span class="size">2.0 KiB</span></p>',
    ])
      expect(page).toContain(part);
    expect(page).not.toMatch(/\b(?:src|href)="(?!data:)/);
  });
});
