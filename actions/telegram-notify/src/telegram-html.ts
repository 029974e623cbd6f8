import { ValueError } from "../../../shared/runtime/values.ts";
import type { Marked } from "./fill.ts";
import { type EntityType, type RichText, type Style, TextBuilder } from "./rich-text.ts";

// https://core.telegram.org/bots/api#html-style
const TAGS: Readonly<Record<string, EntityType>> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  span: "spoiler",
  "tg-spoiler": "spoiler",
  a: "text_link",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
};

/** HTML as Telegram takes it. Throws a ValueError, with the line, for a tag that it does not take or that is not closed. */
export function fromHtml(marked: Marked): RichText {
  const text = new TextBuilder();
  const end = writeContent(marked, 0, undefined, text);
  if (end < marked.source.length) throw wrong(marked, end, "nothing is open that this closes");
  return text.build();
}

type Tag = { readonly name: string; readonly attributes: ReadonlyMap<string, string>; readonly at: number };

const tagForm =
  /<(\/?)([A-Za-z][A-Za-z0-9-]*)((?:\s+[^\s=<>"'/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))?)*)\s*>/y;
const attributeForm = /([^\s=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+)))?/g;

/** Writes up to the end tag that belongs to `open`, and returns where the source goes on. */
function writeContent(marked: Marked, start: number, open: Tag | undefined, text: TextBuilder): number {
  const { source } = marked;
  let at = start;
  while (at < source.length) {
    const next = source.indexOf("<", at);
    const until = next < 0 ? source.length : next;
    text.add(marked.text(decode(source.slice(at, until))));
    if (next < 0) break;
    tagForm.lastIndex = next;
    const [whole = "", slash, name = "", attributes = ""] = tagForm.exec(source) ?? [];
    if (whole === "") throw wrong(marked, next, "a < that begins no tag; write it as &lt;");
    const tag: Tag = { name: name.toLowerCase(), attributes: attributesOf(attributes), at: next };
    if (slash !== "/") at = writeElement(marked, next + whole.length, tag, text);
    else if (open === undefined) return next;
    else if (tag.name === open.name) return next + whole.length;
    else throw wrong(marked, next, `</${tag.name}> where </${open.name}> has to come first`);
  }
  if (open !== undefined) throw wrong(marked, open.at, `<${open.name}> is never closed`);
  return source.length;
}

function writeElement(marked: Marked, start: number, tag: Tag, text: TextBuilder): number {
  let end = start;
  const content = (): void => {
    end = writeContent(marked, start, tag, text);
  };
  if (tag.name === "a") {
    const href = tag.attributes.get("href");
    if (href === undefined) throw wrong(marked, tag.at, "<a> has no href");
    text.link(marked.address(decode(href)), content);
    return end;
  }
  text.within(styleOf(marked, tag), content);
  return end;
}

function styleOf(marked: Marked, { name, attributes, at }: Tag): Style {
  const type = Object.hasOwn(TAGS, name) ? TAGS[name] : undefined;
  if (type === undefined || (name === "span" && attributes.get("class") !== "tg-spoiler")) {
    const known = `Telegram knows ${Object.keys(TAGS).join(", ")}`;
    throw wrong(marked, at, `<${name}> is no tag for a message. ${known} (span with class="tg-spoiler")`);
  }
  if (name === "blockquote" && attributes.has("expandable")) return { type: "expandable_blockquote" };
  if (name !== "pre") return { type };
  const [, language] =
    /^<code\s+class\s*=\s*["']?language-([\w+#.-]{1,64})["']?\s*>/i.exec(
      marked.source.slice(marked.source.indexOf(">", at) + 1),
    ) ?? [];
  return { type, ...(language === undefined ? {} : { language: marked.text(language) }) };
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", ...values] of text.matchAll(attributeForm)) {
    found.set(name.toLowerCase(), values.find((value) => value !== undefined) ?? "");
  }
  return found;
}

const names: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };

/** The numeric references, and the four names that Telegram knows; anything else stays as it is. */
function decode(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(lt|gt|amp|quot));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return names[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

function wrong({ source, text }: Marked, at: number, what: string): ValueError {
  const line = source.slice(0, at).split("\n").length;
  return new ValueError(`is not the HTML of Telegram, line ${line}: ${text(what)}`);
}
