import type { Entity, EntityType } from "./entity.ts";
import { linkProblem, mentionedUser } from "./link.ts";
import { type Parsed, ParseError } from "./parsed.ts";

const STYLES: Readonly<Record<string, EntityType>> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  ins: "underline",
  s: "strikethrough",
  strike: "strikethrough",
  del: "strikethrough",
  "tg-spoiler": "spoiler",
  span: "spoiler",
};
const TAGS: ReadonlySet<string> = new Set([
  ...Object.keys(STYLES),
  ...["a", "pre", "code", "blockquote", "tg-emoji"],
]);
const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };

type OpenTag = { readonly name: string; readonly argument: string; readonly offset: number };

/**
 * Reads `parse_mode: HTML` as the service does (parse_html of tdlib): a short list of tags, properly nested; four
 * named references, whose semicolon may be left out; what is not a reference stays as it is. Its texts of errors
 * count bytes. `tg-time` is not among what this fake knows.
 */
export function parseHtml(source: string): Parsed {
  const open: OpenTag[] = [];
  const entities: Entity[] = [];
  const dropped: string[] = [];
  let text = "";
  for (let at = 0; at < source.length; ) {
    if (source[at] === "&") {
      const reference = readReference(source, at);
      text += reference.text;
      at = reference.end;
    } else if (source[at] !== "<") {
      text += source[at];
      at++;
    } else if (source[at + 1] === "/") {
      at = closeTag(source, at, open, { entities, dropped }, text);
    } else {
      const tag = readStartTag(source, at);
      open.push({ name: tag.name, argument: tag.argument, offset: text.length });
      at = tag.end;
    }
  }
  const left = open.at(-1);
  if (left !== undefined)
    throw new ParseError(`Can't find end tag corresponding to start tag "${left.name}"`);
  if (!text.isWellFormed())
    throw new ParseError(
      "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units",
    );
  // The language of a code element counts only when a pre element of the same extent is around it, or within.
  const plain = entities.map((entity) => (entity.type === "code" ? withoutLanguage(entity) : entity));
  return { text, entities: plain, dropped };
}

const withoutLanguage = ({ type, offset, length }: Entity): Entity => ({ type, offset, length });

function readReference(source: string, at: number): { readonly text: string; readonly end: number } {
  const match = /^&(?:#x([0-9a-f]*)|#([0-9]*)|([a-z]*))/i.exec(source.slice(at, at + 12));
  const whole = match?.[0] ?? "&";
  const [, hex, decimal, name] = match ?? [];
  const stays = { text: "&", end: at + 1 };
  let decoded: string | undefined;
  if (name !== undefined) {
    decoded = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  } else {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    // At most nine characters: "&#1114111" is taken, anything longer is text.
    if (!(code > 0 && code < 0x10_ffff) || whole.length >= 10) return stays;
    decoded = String.fromCodePoint(code);
  }
  if (decoded === undefined) return stays;
  const end = at + whole.length;
  return { text: decoded, end: source[end] === ";" ? end + 1 : end };
}

const isSpace = (character: string | undefined): boolean =>
  character === undefined || /[ \t\r\n\v\0]/.test(character);

function readStartTag(source: string, start: number) {
  const where = `at byte offset ${Buffer.byteLength(source.slice(0, start))}`;
  let at = start + 1;
  while (!isSpace(source[at]) && source[at] !== ">") at++;
  if (at >= source.length) throw new ParseError(`Unclosed start tag ${where}`);
  const name = source.slice(start + 1, at).toLowerCase();
  if (!TAGS.has(name)) throw new ParseError(`Unsupported start tag "${name}" ${where}`);
  let argument = "";
  for (;;) {
    while (at < source.length && isSpace(source[at])) at++;
    if (source[at] === ">") break;
    const nameStart = at;
    while (!isSpace(source[at]) && source[at] !== "=" && source[at] !== ">") at++;
    const attribute = source.slice(nameStart, at);
    if (attribute === "") throw new ParseError(`Empty attribute name in the tag "${name}" ${where}`);
    while (at < source.length && isSpace(source[at])) at++;
    if (at >= source.length) throw new ParseError(`Unclosed start tag "${name}" ${where}`);
    if (source[at] !== "=") {
      if (name === "blockquote" && attribute === "expandable") {
        argument = "expandable";
        continue;
      }
      throw new ParseError(
        `Expected equal sign in declaration of an attribute of the tag "${name}" ${where}`,
      );
    }
    at++;
    while (at < source.length && isSpace(source[at])) at++;
    if (at >= source.length) throw new ParseError(`Unclosed start tag "${name}" ${where}`);
    const value = readAttributeValue(source, at);
    at = value.end;
    if (at >= source.length) throw new ParseError(`Unclosed start tag ${where}`);
    argument = argumentOf(name, attribute, value.text) ?? argument;
  }
  if (name === "span" && argument !== "spoiler")
    throw new ParseError(`Tag "span" must have class "tg-spoiler" ${where}`);
  return { name, argument, end: at + 1 };
}

function readAttributeValue(source: string, start: number): { readonly text: string; readonly end: number } {
  const quote = source[start];
  let at = start;
  if (quote !== '"' && quote !== "'") {
    while (/[A-Za-z0-9.-]/.test(source[at] ?? "")) at++;
    if (!isSpace(source[at]) && source[at] !== ">")
      throw new ParseError(
        `Unexpected end of name token at byte offset ${Buffer.byteLength(source.slice(0, start))}`,
      );
    return { text: source.slice(start, at).toLowerCase(), end: at };
  }
  let text = "";
  at++;
  while (at < source.length && source[at] !== quote) {
    const piece = source[at] === "&" ? readReference(source, at) : { text: source[at] ?? "", end: at + 1 };
    text += piece.text;
    at = piece.end;
  }
  return { text, end: Math.min(at + 1, source.length) };
}

function argumentOf(tag: string, attribute: string, value: string): string | undefined {
  if (tag === "a" && attribute === "href") return value;
  if (tag === "code" && attribute === "class" && value.startsWith("language-")) return value.slice(9);
  if (tag === "span" && attribute === "class" && value.startsWith("tg-")) return value.slice(3);
  if (tag === "tg-emoji" && attribute === "emoji-id") return value;
  return undefined;
}

type Found = { readonly entities: Entity[]; readonly dropped: string[] };

function closeTag(source: string, start: number, open: OpenTag[], found: Found, text: string): number {
  const where = `at byte offset ${Buffer.byteLength(source.slice(0, start))}`;
  const tag = open.pop();
  if (tag === undefined) throw new ParseError(`Unexpected end tag ${where}`);
  let at = start + 2;
  while (!isSpace(source[at]) && source[at] !== ">") at++;
  const name = source.slice(start + 2, at).toLowerCase();
  while (at < source.length && isSpace(source[at])) at++;
  if (source[at] !== ">") throw new ParseError(`Unclosed end tag ${where}`);
  if (name !== "" && name !== tag.name)
    throw new ParseError(`Unmatched end tag ${where}, expected "</${tag.name}>", found "</${name}>"`);
  if (text.length > tag.offset) addEntity(tag, found, text);
  return at + 1;
}

function addEntity({ name, argument, offset }: OpenTag, { entities, dropped }: Found, text: string): void {
  const extent = { offset, length: text.length - offset };
  const last = entities.at(-1);
  const inner = last?.offset === extent.offset && last.length === extent.length ? last : undefined;
  if (name === "a") {
    const url = argument === "" ? text.slice(offset) : argument;
    const user = mentionedUser(url);
    const problem = linkProblem(url);
    if (user !== undefined) entities.push({ type: "text_mention", ...extent, user: { id: user } });
    else if (problem === undefined) entities.push({ type: "text_link", ...extent, url });
    else dropped.push(`the link to '${url}': ${problem}`);
  } else if (name === "tg-emoji") {
    if (!/^-?[1-9]\d*$/.test(argument)) throw new ParseError("Invalid custom emoji identifier specified");
    entities.push({ type: "custom_emoji", ...extent, custom_emoji_id: argument });
  } else if (name === "pre" && inner?.type === "code" && inner.language !== undefined) {
    entities.splice(-1, 1, { ...inner, type: "pre" });
  } else if (name === "code" && inner?.type === "pre" && inner.language === undefined && argument !== "") {
    entities.splice(-1, 1, { ...inner, language: argument });
  } else if (name === "pre" || name === "code") {
    entities.push({ type: name, ...extent, ...(argument === "" ? {} : { language: argument }) });
  } else if (name === "blockquote") {
    entities.push({ type: argument === "" ? "blockquote" : "expandable_blockquote", ...extent });
  } else {
    entities.push({ type: STYLES[name] ?? "bold", ...extent });
  }
}
