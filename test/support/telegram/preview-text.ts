import { type Entity, endOf, isQuote } from "./entity.ts";
import type { Parsed } from "./parsed.ts";

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The formatted text of a message as HTML. Blocks stay in one piece; styles are cut wherever another begins or ends. */
export function textHtml({ text, entities }: Parsed): string {
  return blocks(text, 0, text.length, entities);
}

function blocks(text: string, from: number, to: number, entities: readonly Entity[]): string {
  const [block] = entities
    .filter(
      (entity) => (isQuote(entity) || entity.type === "pre") && entity.offset >= from && endOf(entity) <= to,
    )
    .sort((one, other) => one.offset - other.offset || other.length - one.length);
  if (block === undefined) return inline(text, from, to, entities);
  const end = endOf(block);
  const rest = entities.filter((entity) => entity !== block);
  // A block begins and ends a line by itself: the breaks around it are not shown twice.
  const before = text.slice(from, block.offset).replace(/\n$/, "");
  const after = text[end] === "\n" ? end + 1 : end;
  return (
    inline(text, from, from + before.length, rest) +
    blockHtml(block, blocks(text, block.offset, end, rest)) +
    blocks(text, after, to, rest)
  );
}

function blockHtml({ type, language }: Entity, content: string): string {
  if (type === "blockquote") return `<blockquote>${content}</blockquote>`;
  if (type === "expandable_blockquote") return `<blockquote class="expandable">${content}</blockquote>`;
  const label = language === undefined ? "" : `<span class="language">${escapeHtml(language)}</span>`;
  return `<pre>${label}<code>${content}</code></pre>`;
}

function inline(text: string, from: number, to: number, entities: readonly Entity[]): string {
  const over = entities.filter((entity) => entity.offset < to && endOf(entity) > from);
  const edges = new Set([from, to]);
  for (const entity of over) edges.add(Math.max(from, entity.offset)).add(Math.min(to, endOf(entity)));
  const cuts = [...edges].sort((one, other) => one - other);
  return cuts
    .slice(1)
    .map((end, index) => {
      const start = cuts[index] ?? from;
      const covering = over.filter((entity) => entity.offset <= start && endOf(entity) >= end);
      const piece = text.slice(start, end);
      return covering.reduceRight((inner, entity) => inlineHtml(entity, piece, inner), escapeHtml(piece));
    })
    .join("");
}

const STYLE_TAGS: Partial<Record<Entity["type"], string>> = {
  bold: "b",
  italic: "i",
  underline: "u",
  strikethrough: "s",
  code: "code",
};

function inlineHtml({ type, url, user }: Entity, piece: string, inner: string): string {
  const tag = STYLE_TAGS[type];
  if (tag !== undefined) return `<${tag}>${inner}</${tag}>`;
  if (type === "spoiler") return `<span class="spoiler">${inner}</span>`;
  if (type === "custom_emoji" || isQuote({ type, offset: 0, length: 0 }) || type === "pre") return inner;
  const address = url ?? (type === "url" ? piece : "");
  // A mention or hashtag leads nowhere outside the app, and no address but these is ever followed.
  const href = /^https?:\/\//i.test(address) ? ` href="${escapeHtml(address)}"` : "";
  const title = user === undefined ? "" : ` title="user ${user.id}"`;
  return `<a${href}${title}>${inner}</a>`;
}
