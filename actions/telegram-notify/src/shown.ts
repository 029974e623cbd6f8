import { visible } from "../../../shared/runtime/remote-text.ts";

/**
 * A text as it will look in a message. What the server would silently drop is written out as `\u{…}` (control
 * characters, directional overrides), and the three marks that it takes off their letters are put into the letter
 * where there is one with the mark (clean_input_string in tdlib: U+030A, U+0333, U+033F).
 */
export function shown(text: string): string {
  return visible(text).replace(/(.?)([\u030a\u0333\u033f])/gsu, (pair, letter: string, mark: string) => {
    const composed = pair.normalize("NFC");
    return composed === pair ? `${letter}\\u{${mark.codePointAt(0)?.toString(16)}}` : composed;
  });
}

/** Whether a text shows nothing: the server refuses such a message (is_empty_string in tdlib). */
export function isBlank(text: string): boolean {
  return /^[\s\u180e\u2800\ufffc\u200b-\u200f]*$/u.test(text);
}
