import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";

/** What breaks messages: markup of every kind, and text that is not what it looks like. */
export const hostile: readonly string[] = [
  "</code>",
  "<b>",
  "</b></i>",
  "<script>alert(1)</script>",
  '<a href="https://example.com">x</a>',
  "&lt",
  "&lt;",
  "&amp;amp;",
  "?a=1&lt=2&quot=3",
  "&#60;b&#62;",
  "`",
  "```",
  "```ts\ncode\n```",
  "![x](y)",
  "[x](https://example.com)",
  "[x][y]",
  "<https://example.com>",
  "{{x}}",
  "{{{title}}}",
  "{{#failed}}",
  "{{=<% %>=}}",
  "${{ github.token }}",
  "**bold**",
  "__init__",
  "_a_b_",
  "~~gone~~",
  "||secret||",
  "# heading",
  "> quote",
  "* item",
  "1. item",
  "---",
  "===",
  "    indented",
  "\\",
  "\\*",
  "a\\\nb",
  "a  \nb",
  "q0v0z",
  "q0v",
  "feature/<x>&y_z*[1](2)",
  "fix(cart)!: don't `eval` $(rm -rf /) #42 @someone",
  "::error::owned",
  "##[error]owned",
  "%0A%22",
  "שלום עולם",
  "مرحبا <b>بالعالم</b>",
  "👩‍👩‍👧‍👦",
  "🏳️‍🌈",
  "👍🏽",
  "🇩🇪🇫🇷",
  "1️⃣ ❤️ ℹ️",
  "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
  "e\u0301 ñ Z͑ͫ̓",
  "日本語テキスト",
  "a\u00a0b",
  "\ufffd",
  "𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
  "tg://user?id=1",
  "javascript:alert(1)",
  "http://localhost:8080/",
  "toString",
  "__proto__",
];

/** What nobody sees, or sees elsewhere. */
export const invisible: readonly string[] = [
  "\0",
  "\u0001",
  "\u0008",
  "\u001b[31mred\u001b[0m",
  "\u001b]8;;https://example.com\u0007link\u001b]8;;\u0007",
  "\u007f",
  "\u0085",
  "\u200b",
  "\u200d",
  "\u200e\u200f\u200e",
  "\u2028",
  "\u202e",
  "\u2066\u2069",
  "\ufeff",
  "\u00ad",
  "\u{e0041}",
  "a\u030a",
  "b\u0333\u033f",
  "\r",
  "\r\n",
];

/** Texts as branch names, commit messages and logs have them: words, markup, and characters of every script. */
export const visibleText = (maxLength = 12): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...hostile),
        fc.stringMatching(/^[ -~]{1,12}$/),
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
        fc.constantFrom(" ", "\n", "\n\n", "\t", "  \n"),
      ),
      { minLength: 1, maxLength },
    )
    .map((pieces) => pieces.join(""))
    .filter(plain);

/** The same, with what cannot be seen in between, and halves of characters. */
export const anyText = (maxLength = 12): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        visibleText(4),
        fc.constantFrom(...invisible),
        fc.string({ unit: "binary", minLength: 1, maxLength: 6 }),
        fc.constantFrom("\ud83d", "\ude00"),
      ),
      { minLength: 1, maxLength },
    )
    .map((pieces) => pieces.join(""));

/** Letters, marks, numbers, signs, blanks, tabs and line feeds, as far as they show. */
const seen = /^(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\t\n]$/u;
/** The marks that Telegram takes off their letters. */
const lost = /[\u030a\u0333]|\u033f/u;

/** Emoji aside, which are held together by characters that are not seen. */
function plain(text: string): boolean {
  return [...text.replace(/\p{RGI_Emoji}/gv, "")].every((each) => seen.test(each) && !lost.test(each));
}

/**
 * What a reader knows of a text, in a form in which two texts of the same content are equal: what is written out as
 * `\u{…}` stands for its character, line ends are one, colours are gone, blanks are spaces, and none is at an end.
 */
export function content(text: string): string {
  return stripVTControlCharacters(text.toWellFormed())
    .replace(/\r\n?/g, "\n")
    .replace(/\\u\{([0-9a-f]+)\}/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .normalize("NFC")
    .replace(/\t/g, " ")
    .replace(/^[ \n]+|[ \n]+$/g, "");
}
