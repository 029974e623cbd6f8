/** A text as it reads after decoding, with the way back: which range of the original a range of it came from. */
export type Reading = {
  readonly text: string;
  origin(start: number, end: number): readonly [start: number, end: number];
};

/** What a stretch of escaped characters stands for: pieces of text, each with its length in the original. */
type Piece = { readonly text: string; readonly length: number };
export type Escape = { readonly pattern: RegExp; readonly decode: (escaped: string) => readonly Piece[] };

/** Percent-encoding with any set of encoded characters, as UTF-8, or as Latin-1 where it is not UTF-8. */
export const percent: Escape = {
  pattern: /(?:%[0-9a-f]{2})+/gi,
  decode: (escaped) => decodeBytes(Buffer.from(escaped.replaceAll("%", ""), "hex"), 3),
};

/** Form encoding: percent-encoding with `+` for a blank. */
export const form: Escape = {
  pattern: /\+|(?:%[0-9a-f]{2})+/gi,
  decode: (escaped) => (escaped === "+" ? one(" ", escaped) : percent.decode(escaped)),
};

/**
 * JSON, JavaScript, C, Python and shell backslashes, `$'…'` of bash included. A backslash before `…` is none of them: there
 * a text was cut off within an escape.
 */
export const backslash: Escape = {
  pattern:
    /(?:\\x[0-9a-fA-F]{2})+|(?:\\[0-3][0-7]{2})+|\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]{1,6}\}|\\U[0-9a-fA-F]{8}|\\[^…]/g,
  decode: (escaped) => {
    const letter = escaped.slice(1);
    if (letter.length === 1 && letter !== "0") return one(backslashLetters[letter] ?? letter, escaped);
    if (letter.startsWith("x")) return decodeBytes(Buffer.from(escaped.replaceAll("\\x", ""), "hex"), 4);
    if (/^[0-3][0-7]/.test(letter)) return decodeBytes(octets(escaped), 4);
    const code = /^u\{?([0-9a-f]+)/i.exec(letter)?.[1];
    return one(code === undefined ? "\0" : character(Number.parseInt(code, 16)), escaped);
  },
};

/**
 * HTML and XML character references: numeric ones, and the named ones that encoders write. An empty comment stands for
 * nothing, and `<br>` for a line break: the job summary's text has both.
 */
export const entity: Escape = {
  pattern: /<!-- -->|<br>|&(?:#x[0-9a-f]{1,6}|#[0-9]{1,7}|amp|lt|gt|quot|apos|nbsp);/gi,
  decode: (escaped) => {
    const [, hex, decimal] = /^&#(?:x([0-9a-f]+)|([0-9]+));/i.exec(escaped) ?? [];
    if (hex !== undefined) return one(character(Number.parseInt(hex, 16)), escaped);
    if (decimal !== undefined) return one(character(Number.parseInt(decimal, 10)), escaped);
    return one(entityNames[escaped.slice(1, -1).toLowerCase()] ?? escaped, escaped);
  },
};

/** A single quote inside single quotes of a shell, in both usual ways. */
export const shellQuote: Escape = { pattern: /'\\''|'"'"'/g, decode: (escaped) => one("'", escaped) };

/** Quotes doubled inside quotes, as in SQL, YAML and CSV: one kind of quote at a time. */
export const doubledSingle: Escape = { pattern: /''/g, decode: (escaped) => one("'", escaped) };
export const doubledDouble: Escape = { pattern: /""/g, decode: (escaped) => one('"', escaped) };

/** Lines put together again, as base64 and mail wrap them, with the indent of the next line dropped. */
export const wrapped: Escape = {
  pattern: /\r?\n[ \t]*/g,
  decode: (escaped) => one("", escaped),
};

/** The text with one kind of escape undone once, or undefined where it has none. */
export function read(text: string, kind: Escape): Reading | undefined {
  if (text.search(kind.pattern) < 0) return undefined;
  const decoded = text.replace(kind.pattern, (escaped) => textOf(kind.decode(escaped)));
  // Most texts hold no secret, and then nobody asks for the way back.
  let stretches: Stretch[] | undefined;
  return {
    text: decoded,
    origin(start, end) {
      stretches ??= stretchesOf(text, kind);
      return [origin(stretches, start)[0], origin(stretches, end - 1)[1]];
    },
  };
}

function textOf(pieces: readonly Piece[]): string {
  return pieces.length === 1 ? (pieces[0]?.text ?? "") : pieces.map((piece) => piece.text).join("");
}

function stretchesOf(text: string, kind: Escape): Stretch[] {
  const stretches: Stretch[] = [];
  let shift = 0;
  for (const { 0: escaped, index } of text.matchAll(kind.pattern)) {
    let from = index;
    for (const piece of kind.decode(escaped)) {
      const start = from + shift;
      const to = from + piece.length;
      stretches.push({ start, end: start + piece.text.length, from, to });
      shift += piece.text.length - piece.length;
      from = to;
    }
  }
  return stretches;
}

/** A decoded piece: [start, end) of the reading came from [from, to) of the original. */
type Stretch = { readonly start: number; readonly end: number; readonly from: number; readonly to: number };

/** The range of the original that the character at `position` of the reading came from. */
function origin(stretches: readonly Stretch[], position: number): [number, number] {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stretches[middle]?.start ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  const before = stretches[low - 1];
  if (before === undefined) return [position, position + 1];
  if (position < before.end) return [before.from, before.to];
  const at = before.to + position - before.end;
  return [at, at + 1];
}

function one(text: string, escaped: string): Piece[] {
  return [{ text, length: escaped.length }];
}

function octets(escaped: string): Buffer {
  return Buffer.from(
    escaped
      .slice(1)
      .split("\\")
      .map((digits) => Number.parseInt(digits, 8)),
  );
}

/** Bytes as characters; `width` is how long one byte is in the original. */
function decodeBytes(bytes: Buffer, width: number): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    const size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const text = bytes.toString("utf8", at, at + size);
    const valid = !text.includes("\ufffd");
    pieces.push(valid ? { text, length: size * width } : { text: String.fromCharCode(lead), length: width });
    at += valid ? size : 1;
  }
  return pieces;
}

function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

const backslashLetters: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  f: "\f",
  v: "\v",
  a: "\u0007",
  e: "\u001b",
};

const entityNames: Readonly<Record<string, string>> = {
  "!-- --": "",
  br: "\n",
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
};
