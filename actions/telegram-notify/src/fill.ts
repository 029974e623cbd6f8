import type { Piece } from "./template.ts";

/** A filled-in template for a parser of markup: each value is a word that means nothing to it. */
export type Marked = {
  readonly source: string;
  /** The values again in the place of their words, in what the parser takes for text. */
  readonly text: (parsed: string) => string;
  /** The same in an address: a value that is not its beginning is percent-encoded. */
  readonly address: (parsed: string) => string;
};

/**
 * Hides values from a parser of markup behind words of ASCII letters and digits, which no markup gives a meaning and
 * no parser changes. So no value becomes markup, whatever it holds.
 */
export function mark(pieces: readonly Piece[]): Marked {
  const written = pieces.map((piece) => (typeof piece === "string" ? piece : "")).join("");
  let stem = "q0v";
  for (let count = 1; written.includes(stem); count++) stem = `q${count}v`;
  const values: string[] = [];
  const source = pieces.map((piece) =>
    typeof piece === "string" ? piece : `${stem}${values.push(piece.value) - 1}z`,
  );
  const words = new RegExp(`${stem}(\\d+)z`, "g");
  return {
    source: source.join(""),
    text: (parsed) => parsed.replace(words, (_word, index: string) => values[Number(index)] ?? ""),
    address: (parsed) =>
      parsed.replace(words, (_word, index: string, at: number) => {
        const value = values[Number(index)] ?? "";
        return at === 0 ? value : encodeURIComponent(value.toWellFormed());
      }),
  };
}
