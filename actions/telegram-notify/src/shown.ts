import { visible } from "../../../shared/runtime/remote-text.ts";

// Whole emoji, joined and varied as people write them: 👩‍💻, 1️⃣, 🏳️‍🌈.
const emoji = /\p{RGI_Emoji}[\ufe0e\ufe0f]?(?:\u200d\p{RGI_Emoji}[\ufe0e\ufe0f]?)*/gv;

/**
 * A text as it will look in a message. What the server would silently drop is written out as `\u{…}` (control
 * characters, directional overrides), and the three marks that it takes off their letters are put into the letter
 * where there is one with the mark (clean_input_string in tdlib: U+030A, U+0333, U+033F).
 */
export function shown(text: string): string {
  let done = "";
  let at = 0;
  for (const { 0: found, index } of text.matchAll(emoji)) {
    done += visible(text.slice(at, index)) + found;
    at = index + found.length;
  }
  return (done + visible(text.slice(at))).replace(/(.?)([\u030a\u0333\u033f])/gsu, withMark);
}

function withMark(pair: string, letter: string, mark: string): string {
  const composed = pair.normalize("NFC");
  return composed === pair ? `${letter}\\u{${mark.codePointAt(0)?.toString(16)}}` : composed;
}

/** Whether a text shows nothing: the server refuses such a message (is_empty_string in tdlib). */
export function isBlank(text: string): boolean {
  return /^[\s\u180e\u2800\ufffc\u200b-\u200f]*$/u.test(text);
}
