import { type Entity, endOf, isCode, isQuote, isSplittable, sortEntities } from "./entity.ts";

/**
 * What the service makes of entities that lie across each other (fix_entities of tdlib), silently: links, code and
 * mentions cannot share a place, the first wins; quotes neither; what crosses the edge of a quote goes; bold and its
 * like are merged, cut at the edges of the others, and end where code begins.
 */
export function settle(entities: readonly Entity[]): Entity[] {
  const sorted = sortEntities(entities.filter(({ length }) => length > 0));
  const quotes = withoutOverlaps(sorted.filter(isQuote));
  const solid = withoutOverlaps(sorted.filter((entity) => !isSplittable(entity) && !isQuote(entity))).filter(
    (entity) => quotes.every((quote) => within(entity, quote) || apart(entity, quote)),
  );
  const blocks = sortEntities([...quotes, ...solid]);
  return sortEntities([...blocks, ...splitStyles(sorted.filter(isSplittable), blocks)]);
}

/** Those of the given entities of which nothing, or not all, is left: what a sender asked for and a reader misses. */
export function missing(given: readonly Entity[], settled: readonly Entity[]): Entity[] {
  return given.filter(
    (entity) =>
      entity.length > 0 &&
      !isSplittable(entity) &&
      !settled.some(
        (other) =>
          other.type === entity.type && other.offset <= entity.offset && endOf(other) >= endOf(entity),
      ),
  );
}

const within = (inner: Entity, outer: Entity): boolean =>
  inner.offset >= outer.offset && endOf(inner) <= endOf(outer);

const apart = (one: Entity, other: Entity): boolean =>
  endOf(one) <= other.offset || endOf(other) <= one.offset;

function withoutOverlaps(sorted: readonly Entity[]): Entity[] {
  const kept: Entity[] = [];
  for (const entity of sorted)
    if (entity.offset >= (kept.length === 0 ? 0 : endOf(kept.at(-1) as Entity))) kept.push(entity);
  return kept;
}

function splitStyles(styles: readonly Entity[], blocks: readonly Entity[]): Entity[] {
  const edges = [...new Set(blocks.flatMap((block) => [block.offset, endOf(block)]))].sort((a, b) => a - b);
  const code = blocks.filter(isCode);
  return Object.values(Object.groupBy(styles, ({ type }) => type)).flatMap((alike) =>
    merge(alike).flatMap((style) => {
      const cuts = [
        style.offset,
        ...edges.filter((edge) => edge > style.offset && edge < endOf(style)),
        endOf(style),
      ];
      const pieces = cuts
        .slice(1)
        .map((end, index) => ({ ...style, offset: cuts[index] ?? 0, length: end - (cuts[index] ?? 0) }));
      return pieces.filter((piece) => !code.some((block) => within(piece, block)));
    }),
  );
}

/** Entities of one type, sorted; those that touch become one. */
function merge(alike: readonly Entity[]): Entity[] {
  const merged: Entity[] = [];
  for (const entity of alike) {
    const last = merged.at(-1);
    if (last === undefined || entity.offset > endOf(last)) merged.push(entity);
    else merged.splice(-1, 1, { ...last, length: Math.max(endOf(last), endOf(entity)) - last.offset });
  }
  return merged;
}
