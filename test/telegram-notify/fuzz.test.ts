import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runs } from "../support/effort.ts";
import type { Message } from "../support/telegram/chat.ts";
import { startTelegram, type Telegram } from "../support/telegram/server.ts";
import { notify } from "./built-action.ts";
import { anyText, content, hostile, invisible, visibleText } from "./hostile-text.ts";
import { runHere } from "./run-here.ts";

const CHAT = 77;
const FORMATS = ["text", "html", "markdown"] as const;

let telegram: Telegram;
beforeAll(async () => {
  telegram = await startTelegram({ chats: [{ id: CHAT }] });
});
afterAll(() => telegram.stop());

type Inputs = Readonly<Record<string, string>>;

/** What stands in the chat after a run that must have gone well, with nothing left out by the service. */
async function shown(inputs: Inputs, env?: Inputs): Promise<readonly Message[]> {
  const { messages } = telegram.chat(CHAT);
  messages.length = 0;
  telegram.journal.entries.length = 0;
  const outcome = await runHere(telegram, { "chat-id": String(CHAT), ...inputs }, env);
  expect(outcome.failures).toEqual([]);
  expect(telegram.misuses).toEqual([]);
  expect(telegram.journal.entries.filter(({ code }) => code !== 200)).toEqual([]);
  expect(messages.flatMap(({ flaws }) => flaws)).toEqual([]);
  return [...messages];
}

const joined = (messages: readonly Message[]): string =>
  messages.map(({ text, file }) => file?.bytes.toString() ?? text).join("\n");

/** The input's own rules: a text of blanks alone is none, and blanks at its ends do not count. */
const given = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  text.filter((each) => content(each).trim() !== "");

const property = (text: fc.Arbitrary<string>, check: (text: string) => Promise<void>, whole: number) =>
  fc.assert(fc.asyncProperty(given(text), check), { numRuns: runs(60, whole) });

/** A value between two signs, in the midst of markup of each format. */
const TEMPLATES = {
  text: { source: "«{{title}}»", around: (text: string) => `«${text}»` },
  html: {
    source: '<b>Bold</b> <code>a</code> «{{title}}» <a href="https://example.com/?v={{title}}">link</a>',
    around: (text: string) => `Bold a «${text}» link`,
  },
  markdown: {
    source: "**Bold** `a` «{{title}}» [link](https://example.com/)",
    around: (text: string) => `Bold a «${text}» link`,
  },
} as const;

describe.each(FORMATS)("in the format %s, whatever comes in", (format) => {
  const { source, around } = TEMPLATES[format];

  it("shows exactly as the value of a placeholder", { timeout: 1_800_000 }, () =>
    property(
      visibleText(),
      async (title) => {
        const messages = await shown({ format, template: source, title });
        expect(messages).toHaveLength(1);
        expect(messages[0]?.text).toBe(around(title.trim().replaceAll("\t", " ")));
      },
      10_000,
    ),
  );

  it("shows as the value of a placeholder in code, in bold, in a quote and in a list", () => {
    const template = {
      text: "{{title}}\n{{title}}\n{{title}}",
      html: "<code>«{{title}}»</code>\n<b><i>«{{title}}»</i></b>\n<blockquote>«{{title}}»</blockquote>",
      markdown: "`«{{title}}»`\n\n***«{{title}}»***\n\n> «{{title}}»",
    }[format];
    return property(
      visibleText(),
      async (title) => {
        const text = joined(await shown({ format, template, title }));
        expect(text.split(title.trim().replaceAll("\t", " "))).toHaveLength(4);
      },
      3_000,
    );
  });

  it("is accepted with what nobody can see in it, and nothing of it is lost", () =>
    property(
      anyText(),
      async (title) => {
        const text = joined(await shown({ format, template: source, title }));
        expect(content(text)).toBe(content(around(title.trim())));
      },
      10_000,
    ));

  it("is accepted as the title and the message, and the title shows exactly", () =>
    fc.assert(
      fc.asyncProperty(given(visibleText()), given(anyText()), async (title, message) => {
        const [first, ...more] = await shown({ format, title, message });
        expect(more).toEqual([]);
        expect(`${first?.text}\n`.startsWith(`✅ ${title.trim().replaceAll("\t", " ")}\n`)).toBe(true);
        if (format === "text") expect(content(first?.text ?? "")).toContain(content(message.trim()));
      }),
      { numRuns: runs(60, 10_000) },
    ));

  it("is split without losing or moving a character, the rest in a file", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(given(visibleText(20)), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 60 }),
        async (pieces, times) => {
          const title = pieces.join(" ").repeat(times).slice(0, 60_000).toWellFormed();
          const messages = await shown({ format, template: "{{title}}", title });
          const squeezed = (text: string) => text.replace(/\s+/g, "");
          expect(squeezed(joined(messages))).toBe(squeezed(title));
          for (const { text } of messages) expect(text).toBe(text.toWellFormed());
        },
      ),
      { numRuns: runs(20, 1_000) },
    ));
});

describe("formatting goes through a split", () => {
  it("as what it was: code stays code, links stay links", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[a-z<>&`*_ ]{1,60}x$/), { minLength: 150, maxLength: 300 }),
        async (lines) => {
          const title = lines.map((line) => line.trim()).join("\n");
          const messages = await shown({ format: "html", template: "<pre>{{title}}</pre>", title });
          const parts = messages.filter(({ file }) => file === undefined);
          for (const { text, entities } of parts)
            expect(entities).toEqual([{ type: "pre", offset: 0, length: text.length }]);
          expect(joined(messages).trimEnd()).toBe(title);
        },
      ),
      { numRuns: runs(10, 500) },
    ));

  it("though there are more than a hundred pieces of it", async () => {
    const template = Array.from({ length: 250 }, (_, index) => `<b>b${index}</b>`).join(" ");
    const messages = await shown({ format: "html", template, "max-parts": "5" });
    expect(messages.flatMap(({ entities }) => entities)).toHaveLength(250);
    expect(messages.length).toBeGreaterThan(2);
  });

  it("though its links are long", async () => {
    const link = `<a href="https://example.com/${"x".repeat(900)}">link</a>`;
    const messages = await shown({ format: "html", template: `${link} `.repeat(30), "max-parts": "9" });
    expect(messages.flatMap(({ entities }) => entities)).toHaveLength(30);
  });
});

describe("the built action", () => {
  const texts = [
    ...hostile,
    ...invisible,
    "x".repeat(100_000),
    "word ".repeat(20_000).trim(),
    "😀".repeat(30_000),
    "<b>&lt;\n".repeat(9_000).trim(),
  ].filter((text) => content(text) !== "" && !text.includes("\0"));

  it("shows every hostile text of the list, all in one template", async () => {
    const fields = Object.fromEntries(
      texts.filter((text) => text.length < 200).map((text, index) => [`f${index}`, text]),
    );
    const template = Object.keys(fields)
      .map((name) => `<code>${name}</code> «{{field.${name}}}»`)
      .join("\n");
    telegram.chat(CHAT).messages.length = 0;
    const result = await notify(telegram, {
      "chat-id": String(CHAT),
      format: "html",
      template,
      fields: JSON.stringify(fields),
      "max-parts": "9",
    });
    expect(result).toMatchObject({ ok: true, outputs: { result: "sent" } });
    expect(telegram.misuses).toEqual([]);
    const text = content(joined(telegram.chat(CHAT).messages));
    for (const [name, value] of Object.entries(fields)) expect(text).toContain(content(`${name} «${value}»`));
  });

  it.each(texts.filter((text) => text.length >= 200).map((text) => [text.slice(0, 10), text] as const))(
    "sends 100,000 characters like %s, whole",
    async (_, title) => {
      telegram.chat(CHAT).messages.length = 0;
      const result = await notify(telegram, { "chat-id": String(CHAT), template: "{{title}}", title });
      expect(result).toMatchObject({ ok: true, outputs: { result: "sent" } });
      const { messages } = telegram.chat(CHAT);
      expect(messages.map(({ file }) => file?.kind)).toEqual([undefined, undefined, undefined, "document"]);
      const squeezed = (text: string) => text.replace(/\s+/g, "");
      expect(squeezed(joined(messages))).toBe(squeezed(title));
    },
  );

  it.each([" ", "\n\t ", "\u200b\u200d"])(
    "sends something though the message is blank: %o",
    async (message) => {
      telegram.chat(CHAT).messages.length = 0;
      const result = await notify(telegram, { "chat-id": String(CHAT), message, title: message });
      expect(result).toMatchObject({ ok: true, outputs: { result: "sent" } });
      expect(telegram.chat(CHAT).messages).toHaveLength(1);
    },
  );
});
