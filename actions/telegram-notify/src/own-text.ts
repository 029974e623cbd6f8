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
  return plainText(pieces.map((piece) => (typeof piece === "string" ? piece : piece.value)).join(""));
}

/**
 * A message that was given as an input. It may hold anything, also what was never meant as HTML, and must not keep
 * the news from arriving: then it shows as it is, and `problem` says so.
 */
export function formatMessage(
  text: string,
  as: Format,
): { readonly note: RichText; readonly problem: string | undefined } {
  try {
    return { note: format([text], as), problem: undefined };
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return { note: plainText(text), problem: error.message };
  }
}

/** A text without formatting. */
export function plainText(text: string): RichText {
  return new TextBuilder().add(text).build();
}
