import type { Entity, EntityType } from "./entity.ts";

const PATTERNS: readonly (readonly [EntityType, RegExp])[] = [
  ["url", /(?<![\p{L}\p{N}_@])https?:\/\/[^\s<>"'`]*[^\s<>"'`.,:;!?)\]}]/gu],
  ["email", /(?<![\p{L}\p{N}_.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gu],
  ["mention", /(?<![\p{L}\p{N}_/@])@[A-Za-z]\w{3,31}(?!\w)/gu],
  ["hashtag", /(?<![\p{L}\p{N}_/#])#(?=[\p{L}\p{N}_]*[\p{L}_])[\p{L}\p{N}_]{1,256}/gu],
];

/** What the service makes links of by itself: the plain cases of it, since nothing but the look depends on them. */
export function findEntities(text: string): Entity[] {
  const found: Entity[] = [];
  for (const [type, pattern] of PATTERNS)
    for (const match of text.matchAll(pattern)) {
      const entity = { type, offset: match.index, length: match[0].length };
      if (found.every((other) => apart(other, entity))) found.push(entity);
    }
  return found;
}

const apart = (one: Entity, other: Entity): boolean =>
  one.offset + one.length <= other.offset || other.offset + other.length <= one.offset;
