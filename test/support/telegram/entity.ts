/** A piece of formatting, as https://core.telegram.org/bots/api#messageentity has it: UTF-16 offset and length. */
export type Entity = {
  readonly type: EntityType;
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
  readonly language?: string;
  readonly user?: { readonly id: number };
  readonly custom_emoji_id?: string;
};

// The order in which entities of the same place are listed, outermost first (td/telegram/MessageEntity.cpp).
const PRIORITIES = {
  blockquote: 0,
  expandable_blockquote: 1,
  pre: 10,
  code: 20,
  text_link: 49,
  text_mention: 49,
  mention: 50,
  hashtag: 50,
  url: 50,
  email: 50,
  bold: 90,
  italic: 91,
  underline: 92,
  strikethrough: 93,
  spoiler: 94,
  custom_emoji: 99,
} as const;

export type EntityType = keyof typeof PRIORITIES;

export const isEntityType = (type: string): type is EntityType => Object.hasOwn(PRIORITIES, type);

const SPLITTABLE: ReadonlySet<EntityType> = new Set([
  "bold",
  "italic",
  "underline",
  "strikethrough",
  "spoiler",
] as const);

/** Styles that may lie upon each other, and are cut into pieces where something else begins or ends. */
export const isSplittable = ({ type }: Entity): boolean => SPLITTABLE.has(type);

export const isQuote = ({ type }: Entity): boolean =>
  type === "blockquote" || type === "expandable_blockquote";

export const isCode = ({ type }: Entity): boolean => type === "pre" || type === "code";

/** What a bot may set. The rest, links and mentions written out, the service finds by itself. */
export const isUsers = ({ type }: Entity): boolean => PRIORITIES[type] !== 50;

/** White space alone does not make these invisible, nor are they trimmed. */
export const keepsSpace = ({ type }: Entity): boolean =>
  type === "pre" || type === "code" || type === "text_link" || type === "text_mention";

export const endOf = ({ offset, length }: Entity): number => offset + length;

export function sortEntities(entities: readonly Entity[]): Entity[] {
  return entities.toSorted(
    (one, other) =>
      one.offset - other.offset || other.length - one.length || PRIORITIES[one.type] - PRIORITIES[other.type],
  );
}
