import { ValueError } from "../../../shared/runtime/values.ts";
import { mark } from "./fill.ts";
import { fromMarkdown } from "./markdown.ts";
import { type RichText, TextBuilder } from "./rich-text.ts";
import { fromHtml } from "./telegram-html.ts";
import type { Piece } from "./template.ts";

export const FORMATS = ["text", "html", "markdown"] as const;

export type Format = (typeof FORMATS)[number];

/** What the user wrote, as formatted text. Values show exactly as they are. Throws a ValueError for bad HTML. */
export function format(pieces: readonly Piece[], as: Format): RichText {
  if (as === "markdown") return fromMarkdown(mark(pieces));
  if (as === "html") return fromHtml(mark(pieces));
  const text = pieces.map((piece) => (typeof piece === "string" ? piece : piece.value)).join("");
  return new TextBuilder().add(text).build();
}

/**
 * The same for what must not keep the news from arriving, such as a message that was never meant as HTML: then it
 * shows as it is, and `problem` says why.
 */
export function formatLeniently(
  pieces: readonly Piece[],
  as: Format,
): { readonly note: RichText; readonly problem: string | undefined } {
  try {
    return { note: format(pieces, as), problem: undefined };
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return { note: format(pieces, "text"), problem: error.message };
  }
}
