import { isTooLong, linkable } from "./link-address.ts";
import { shown } from "./shown.ts";

/** A piece of formatting on a text, in UTF-16 units, as https://core.telegram.org/bots/api#messageentity has it. */
export type Entity = {
  readonly type: EntityType;
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
  readonly language?: string;
  readonly user?: { readonly id: number };
};

export type EntityType =
  | "bold"
  | "italic"
  | "underline"
  | "strikethrough"
  | "spoiler"
  | "code"
  | "pre"
  | "text_link"
  | "text_mention"
  | "blockquote"
  | "expandable_blockquote";

/** Formatting without its place. */
export type Style = Omit<Entity, "offset" | "length">;

/** A text with its formatting apart: nothing in the text can be taken for markup. Entities stand outermost first. */
export type RichText = { readonly text: string; readonly entities: readonly Entity[] };

// What cannot lie within another of its kind: the server drops one of the two (fix_entities in tdlib).
const kinds = {
  solid: new Set<EntityType>(["code", "pre", "text_link", "text_mention"]),
  quote: new Set<EntityType>(["blockquote", "expandable_blockquote"]),
} as const;

/** Writes a rich text from front to back. */
export class TextBuilder {
  #text = "";
  #entities: Entity[] = [];
  readonly #open: EntityType[] = [];

  /** Adds a text, as people will see it. */
  add(text: string): this {
    this.#text += shown(text);
    return this;
  }

  /** Whether nothing was added yet. */
  get empty(): boolean {
    return this.#text === "";
  }

  /** Lays a style over what `write` adds; left out where it cannot lie within what is open. */
  within(style: Style, write: () => void): this {
    if (!this.#fits(style.type)) {
      write();
      return this;
    }
    const offset = this.#text.length;
    const index = this.#entities.length;
    this.#open.push(style.type);
    write();
    this.#open.pop();
    const length = this.#text.length - offset;
    if (length > 0) this.#entities.splice(index, 0, { ...style, offset, length });
    return this;
  }

  /** A link; where Telegram would not take the address, it is written out behind the text. */
  link(address: string, write: () => void): this {
    const url = linkable(address);
    if (url !== undefined) return this.within({ type: "text_link", url }, write);
    const before = this.#text.length;
    write();
    const known = this.#text.slice(before) === shown(address) || isTooLong(encodeURI(address.toWellFormed()));
    return address === "" || known ? this : this.add(` (${address})`);
  }

  /** Adds a rich text as it is. */
  append({ text, entities }: RichText): this {
    const shift = this.#text.length;
    this.#text += text;
    this.#entities.push(...entities.map((entity) => ({ ...entity, offset: entity.offset + shift })));
    return this;
  }

  build(): RichText {
    return { text: this.#text, entities: this.#entities };
  }

  #fits(type: EntityType): boolean {
    if (this.#open.some((open) => open === "code" || open === "pre")) return false;
    const kind = Object.values(kinds).find((each) => each.has(type));
    return kind === undefined || !this.#open.some((open) => kind.has(open));
  }
}

/** The length that Telegram counts: Unicode code points (utf8_length in tdlib). */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** A stretch of a rich text, in UTF-16 units, with the parts of entities that lie in it. */
export function slice({ text, entities }: RichText, start: number, end: number = text.length): RichText {
  const clipped = entities.flatMap((entity) => {
    const from = Math.max(entity.offset, start);
    const length = Math.min(entity.offset + entity.length, end) - from;
    return length > 0 ? [{ ...entity, offset: from - start, length }] : [];
  });
  return { text: text.slice(start, end), entities: clipped };
}
