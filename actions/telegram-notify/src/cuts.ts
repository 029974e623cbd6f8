import { codePoints, type Entity, type RichText } from "./rich-text.ts";

/** Where a text is cut: the part ends at `end`, the next one begins at `next`; between them is white space. */
export type Cut = { readonly end: number; readonly next: number };

type Place = Cut & { readonly kind: "paragraph" | "line" | "space" };

const graphemes = new Intl.Segmenter();

/** The places at which a text may be cut. */
export class Cuts {
  readonly #text: string;
  readonly #entities: readonly Entity[];
  /** Entities that must stay whole, because they would fit. */
  readonly #whole: readonly Entity[];

  constructor({ text, entities }: RichText, limit: number) {
    this.#text = text;
    this.#entities = entities;
    this.#whole = entities.filter(
      ({ offset, length }) => codePoints(text.slice(offset, offset + length)) <= limit,
    );
  }

  /** The best cut that leaves at most `room` UTF-16 units in front of it. */
  best(room: number): Cut {
    const places = this.#places(room).filter((place) => this.#leavesWhole(place));
    const half = places.filter(({ end }) => end >= room / 2);
    for (const among of [half, places]) {
      for (const kind of ["paragraph", "line", "space"] as const) {
        const found = among.findLast((place) => place.kind === kind);
        if (found !== undefined) return found;
      }
    }
    const anywhere = this.#between(room, (at) => this.#leavesWhole({ end: at, next: at }));
    const at = anywhere ?? this.#between(room, () => true) ?? this.#codePointBefore(room);
    return { end: at, next: at };
  }

  /** The runs of white space; within code a cut takes one line break and leaves the next line's indentation. */
  #places(room: number): Place[] {
    const places: Place[] = [];
    for (const { 0: run, index: start } of this.#text.matchAll(/[ \t\n]+/g)) {
      if (start > room) break;
      const end = start + run.length;
      const code = this.#entities.some(
        ({ type, offset, length }) => type === "pre" && offset < end && start < offset + length,
      );
      const kind = /\n[ \t]*\n/.test(run) ? "paragraph" : run.includes("\n") ? "line" : "space";
      if (!code && start > 0) places.push({ end: start, next: end, kind });
      if (!code || kind === "space") continue;
      for (
        let at = this.#text.indexOf("\n", start);
        at >= 0 && at < end && at <= room;
        at = this.#text.indexOf("\n", at + 1)
      ) {
        if (at > 0) places.push({ end: at, next: at + 1, kind: "line" });
      }
    }
    return places;
  }

  #leavesWhole({ end, next }: Cut): boolean {
    return !this.#whole.some(
      ({ offset, length }) =>
        (offset < end && end < offset + length) || (offset < next && next < offset + length),
    );
  }

  /** The last boundary between what people take for characters that is at most `room` and suits. */
  #between(room: number, suits: (at: number) => boolean): number | undefined {
    // A little beyond, for what a character at the end belongs to.
    const characters = graphemes.segment(this.#text.slice(0, room + 64));
    for (let at = room; at > 0; at--) {
      const boundary = characters.containing(at)?.index === at;
      if (boundary && suits(at)) return at;
    }
    return undefined;
  }

  #codePointBefore(room: number): number {
    const split = /[\udc00-\udfff]/.test(this.#text.charAt(room)) && room > 1;
    return split && /[\ud800-\udbff]/.test(this.#text.charAt(room - 1)) ? room - 1 : room;
  }
}
