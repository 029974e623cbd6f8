import { type Entity, endOf } from "./entity.ts";
import type { Parsed } from "./parsed.ts";
import { badRequest } from "./refusal.ts";

/** Line and paragraph separators and directional overrides, and three marks that draw lines: taken out. */
const REMOVED = /\r|[\u2028-\u202e]|\u0333|\u033f|\u030a/;

/**
 * What the service does to every text before it stores it (clean_input_string of tdlib): control characters become
 * spaces, carriage returns and some marks go, of a run of direction marks only the last stays. Entities move along.
 */
export function cleanText({ text, entities }: Parsed): Parsed {
  checkEntities(text, entities);
  const moved: number[] = [];
  let clean = "";
  for (const character of text) {
    for (let unit = 0; unit < character.length; unit++) moved.push(clean.length + unit);
    if (REMOVED.test(character)) continue;
    clean += character < " " && character !== "\n" ? " " : character;
  }
  moved.push(clean.length);
  const place = (offset: number): number => moved[offset] ?? clean.length;
  return {
    text: clean.replace(/[\u200e\u200f]+(?=[\u200e\u200f])/g, (run) => "\u200c".repeat(run.length)),
    entities: entities.map((entity) => {
      const offset = place(entity.offset);
      return { ...entity, offset, length: place(endOf(entity)) - offset };
    }),
  };
}

function checkEntities(text: string, entities: readonly Entity[]): void {
  const splits = (offset: number): boolean =>
    /[\udc00-\udfff]/.test(text[offset] ?? "") && /[\ud800-\udbff]/.test(text[offset - 1] ?? "");
  for (const entity of entities) {
    const { offset, length } = entity;
    if (offset < 0 || offset > 1_000_000)
      throw badRequest(`Receive an entity with incorrect offset ${offset}`);
    if (length < 0 || length > 1_000_000)
      throw badRequest(`Receive an entity with incorrect length ${length}`);
    if (offset >= text.length && length > 0)
      throw badRequest(`Entity begins after the end of the text at UTF-16 offset ${offset}`);
    if (endOf(entity) > text.length)
      throw badRequest(
        `Entity beginning at UTF-16 offset ${offset} ends after the end of the text at UTF-16 offset ${endOf(entity)}`,
      );
    const bytes = (end: number) => Buffer.byteLength(text.slice(0, end));
    if (splits(offset))
      throw badRequest(`Entity begins in a middle of a UTF-16 symbol at byte offset ${bytes(offset + 1)}`);
    if (splits(endOf(entity)))
      throw badRequest(
        `Entity beginning at UTF-16 offset ${offset} ends in a middle of a UTF-16 symbol at byte offset ${bytes(endOf(entity) + 1)}`,
      );
  }
}

/** Cuts the white space off the ends of a text, and entities that show nothing; code keeps its indentation. */
export function trim(parsed: Parsed, isKept: (entity: Entity) => boolean): Parsed {
  const { text } = parsed;
  let end = text.length;
  while (end > 0 && /[ \n]/.test(text[end - 1] ?? "")) end--;
  const entities = parsed.entities.flatMap((entity) => {
    let { offset } = entity;
    const last = Math.min(endOf(entity), end);
    if (!isKept(entity)) while (offset < last && /[ \n]/.test(text[offset] ?? "")) offset++;
    return offset < last ? [{ ...entity, offset, length: last - offset }] : [];
  });
  let start = 0;
  const first = Math.min(end, ...entities.map(({ offset }) => offset));
  while (start < first && /[ \n]/.test(text[start] ?? "")) start++;
  return {
    text: text.slice(start, end),
    entities: entities.map((entity) => ({ ...entity, offset: entity.offset - start })),
  };
}

/** Whether a text shows nothing at all, as the service sees it: of white space and zero-width characters alone. */
export function isEmptyText(text: string): boolean {
  return /^[ \n\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufffc\ufeff\u00a0\u{e0000}-\u{e007f}]*$/u.test(
    text,
  );
}
