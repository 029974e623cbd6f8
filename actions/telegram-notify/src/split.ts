import { Cuts } from "./cuts.ts";
import { codePoints, type Entity, type RichText, slice } from "./rich-text.ts";
import { isBlank } from "./shown.ts";

export type Limits = {
  /** Code points of a part. */
  readonly limit: number;
  /** Code points that the first part has to leave free. */
  readonly reserve?: number;
  readonly maxParts: number;
};

export type Split = { readonly parts: readonly RichText[]; readonly rest: RichText | undefined };

// The server shows the hundredth entity and none after it (tdlib/telegram-bot-api#820), and takes about 9,500 bytes of
// them (#165): twelve each, and their strings. Styles count again wherever it cuts them at the edge of another entity.
const mostEntities = 100;
const mostEntityBytes = 9_000;

/**
 * Cuts a text into messages, at the ends of paragraphs, lines or words where there are any. No entity is cut that fits
 * into a message; one that is longer goes on as what it is. White space at a cut goes, a line's indentation in code
 * stays, and nothing else is lost or moved. What is beyond `maxParts` is the rest.
 */
export function split(text: RichText, { limit, reserve = 0, maxParts }: Limits): Split {
  const parts: RichText[] = [];
  let rest = trim(text);
  while (!isBlank(rest.text)) {
    if (parts.length === maxParts) return { parts, rest };
    const room = roomIn(rest, parts.length === 0 ? limit - reserve : limit);
    if (room >= rest.text.length) {
      parts.push(rest);
      break;
    }
    const { end, next } = new Cuts(rest, limit).best(room);
    const part = slice(rest, 0, end);
    if (!isBlank(part.text)) parts.push(part);
    rest = slice(rest, next);
  }
  return { parts, rest: undefined };
}

/** How much of the text fits into one message, in UTF-16 units; at least one code point. */
function roomIn({ text, entities }: RichText, limit: number): number {
  let room = 0;
  let count = 0;
  for (const character of text) {
    if (++count > limit) break;
    room += character.length;
  }
  let bytes = 0;
  let number = 0;
  for (const [index, entity] of entities.entries()) {
    const pieces = 1 + edgesWithin(entity, entities, index);
    number += pieces;
    bytes += pieces * (16 + Buffer.byteLength(`${entity.url ?? ""}${entity.language ?? ""}`));
    if ((number > mostEntities || bytes > mostEntityBytes) && entity.offset > 0) {
      return Math.min(room, entity.offset);
    }
  }
  return room;
}

/** At how many places other entities end or begin within this one; those follow it. */
function edgesWithin({ type, offset, length }: Entity, entities: readonly Entity[], index: number): number {
  if (type === "text_link" || type === "code" || type === "pre") return 0;
  const edges = new Set<number>();
  for (let other = index + 1; other < entities.length; other++) {
    const inner = entities[other];
    if (inner === undefined || inner.offset >= offset + length) break;
    if (inner.offset > offset) edges.add(inner.offset);
    if (inner.offset + inner.length < offset + length) edges.add(inner.offset + inner.length);
  }
  return edges.size;
}

/** Without white space at both ends, as the server does it too; code keeps its indentation. */
function trim(text: RichText): RichText {
  const end = text.text.replace(/[ \t\n]+$/, "").length;
  const blank = /^[ \t\n]*/.exec(text.text)?.[0].length ?? 0;
  const first = text.entities[0]?.offset ?? text.text.length;
  return slice(text, Math.min(blank, first, end), end);
}

/** Whether a text fits into a message of its own. */
export function fits(text: RichText, limit: number): boolean {
  return codePoints(text.text) <= limit && roomIn(text, limit) >= text.text.length;
}
