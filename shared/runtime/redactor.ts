import {
  backslash,
  doubledDouble,
  doubledSingle,
  type Escape,
  entity,
  form,
  percent,
  read,
  shellQuote,
  wrapped,
} from "./escaped-text.ts";
import { NeedleIndex } from "./needle-index.ts";
import { type Form, maskedForms, searchedForms } from "./secret-encodings.ts";
import { type SecretPart, secretParts, shortestSecret } from "./secret-parts.ts";

type Range = readonly [start: number, end: number];

const mask = "***";

// Ordinary words meet at line ends: what is looked for across them must be longer than most.
const shortestWrapped = 8;

// `\\u00e` and `&quot`, without the character that would end them.
const longestBrokenEscape = 5;

/** A way to read a text, and the ways to read what comes out: JSON in JSON, JSON in a URL and so on. */
type Way = { readonly undo: Escape; readonly next?: readonly Way[] };

const ways: readonly Way[] = [
  { undo: percent, next: [{ undo: percent }, { undo: backslash }] },
  { undo: backslash, next: [{ undo: backslash }, { undo: percent }, { undo: wrapped }] },
  { undo: form },
  { undo: entity },
  { undo: shellQuote },
  { undo: doubledSingle },
  { undo: doubledDouble },
  { undo: wrapped },
];

/**
 * Knows the secrets of a run and takes them out of every text that leaves it: as they are, in base64 (also inside a
 * longer value), base64url, hex, and under percent-encoding, backslashes, quoting and entities, whichever characters
 * are encoded. A part of a secret is found where `…` cuts it off, and not elsewhere.
 */
export class Redactor {
  readonly #parts = new Map<string, SecretPart>();
  readonly #needles = new NeedleIndex<Form>();
  /** The parts whose masks were not taken yet. */
  readonly #unmasked: SecretPart[] = [];
  #weak = 0;

  /**
   * Registers a secret and all that would give it away: its lines, the strings of a JSON value, the credentials in a URL.
   * A value under four characters is only counted, see {@link weak}; an empty one is ignored.
   */
  add(secret: string): void {
    const length = secret.trim().length;
    if (length > 0 && length < shortestSecret) this.#weak++;
    for (const part of secretParts(secret)) {
      if (this.#parts.has(part.text)) continue;
      this.#parts.set(part.text, part);
      this.#unmasked.push(part);
      for (const needle of searchedForms(part.text)) this.#needles.add(needle);
    }
  }

  /** How many values were too short to be masked; the caller warns of them. */
  weak(): number {
    return this.#weak;
  }

  /** The text with `***` for every stretch that belongs to a secret. Doing it again changes nothing. */
  redact(text: string): string {
    if (this.#parts.size === 0) return text;
    let redacted = text;
    // What is put together around a mask can itself be a secret (one with `***` in it); each turn is shorter.
    for (;;) {
      const ranges = this.#find(redacted, shortestSecret, ways);
      if (ranges.length === 0) return redacted;
      redacted = replace(redacted, ranges);
    }
  }

  /** A copy of a JSON value with every string, key and number redacted. */
  redactDeep(value: unknown): unknown {
    if (typeof value === "string") return this.redact(value);
    if (typeof value === "number" || typeof value === "bigint") {
      const text = String(value);
      return this.redact(text) === text ? value : mask;
    }
    if (typeof value !== "object" || value === null) return value;
    if ("toJSON" in value && typeof value.toJSON === "function") return this.redactDeep(value.toJSON());
    if (Array.isArray(value)) return value.map((item) => this.redactDeep(item));
    const copy = new Map<string, unknown>();
    for (const [key, item] of Object.entries(value))
      copy.set(freeKey(copy, this.redact(key)), this.redactDeep(item));
    return Object.fromEntries(copy);
  }

  /**
   * The values to give to the runner as masks for the secrets added since they were taken last: every part, and the
   * encodings of it that the runner does not derive.
   * A value of several lines comes whole only when none of them is under four characters, because the runner also
   * masks each line of a mask by itself, and a `{` would vanish from the whole log.
   */
  takeMasks(): readonly string[] {
    const masks = new Set<string>();
    for (const { text, line } of this.#unmasked.splice(0)) {
      for (const value of line ? [text] : maskedForms(text)) {
        const lines = value.split(/[\r\n]+/).map((each) => each.trim());
        if (lines.every((each) => each === "" || each.length >= shortestSecret)) masks.add(value.trim());
      }
    }
    return [...masks];
  }

  /** The stretches of secrets in the text as it is, and as it reads under each way. */
  #find(text: string, shortest: number, next: readonly Way[]): Range[] {
    const ranges = this.#search(text, shortest);
    for (const way of next) {
      const reading = read(text, way.undo);
      if (reading === undefined) continue;
      const found = this.#find(
        reading.text,
        way.undo === wrapped ? shortestWrapped : shortest,
        way.next ?? [],
      );
      ranges.push(...found.map(([start, end]) => reading.origin(start, end)));
    }
    return ranges;
  }

  #search(text: string, shortest: number): Range[] {
    const ranges: Range[] = [];
    this.#needles.search(text, (needle, start) => {
      if (needle.text.length < shortest) return;
      const end = start + needle.text.length;
      ranges.push([
        needle.raggedStart ? before(text, start) : start,
        needle.raggedEnd ? after(text, end) : end,
      ]);
    });
    for (const { index } of text.matchAll(/…/g)) {
      const start = this.#startOfCut(text, index, shortest);
      if (start !== undefined) ranges.push([start, index]);
    }
    return ranges;
  }

  /**
   * Where a secret begins that is cut off at `end`: texts are shortened before they get here, and half a secret is one, too.
   * The cut can also have gone through an escape (`%2`, `&quo`), whose rest nobody can read.
   */
  #startOfCut(text: string, end: number, shortest: number): number | undefined {
    const starts: number[] = [];
    for (let rest = 0; rest <= longestBrokenEscape; rest++) {
      const to = end - rest;
      this.#needles.each(({ text: needle }) => {
        const most = Math.min(needle.length - 1, to);
        for (let length = most; length >= shortest; length--) {
          if (text[to - length] !== needle[0] || !text.endsWith(needle.slice(0, length), to)) continue;
          starts.push(to - length);
          return;
        }
      });
    }
    return starts.length === 0 ? undefined : Math.min(...starts);
  }
}

/** The text with the mask for every range; ranges that overlap or touch become one. */
function replace(text: string, ranges: Range[]): string {
  let redacted = "";
  let at = 0;
  for (const [start, end] of ranges.sort((a, b) => a[0] - b[0])) {
    if (start > at || redacted === "") redacted += text.slice(at, start) + mask;
    at = Math.max(at, end);
  }
  return redacted + text.slice(at);
}

const base64Character = /[A-Za-z0-9+/_-]/;

/** The start of base64 whose first character of the secret is shared with what comes before. */
function before(text: string, start: number): number {
  return base64Character.test(text.charAt(start - 1)) ? start - 1 : start;
}

/** The end of base64 whose last character of the secret is shared with what follows, padding included. */
function after(text: string, end: number): number {
  if (!base64Character.test(text.charAt(end))) return end;
  const padding = /^={0,2}/.exec(text.slice(end + 1, end + 3))?.[0] ?? "";
  return end + 1 + padding.length;
}

/** Two keys can be the same once redacted: the second is numbered, so that nothing is lost. */
function freeKey(taken: ReadonlyMap<string, unknown>, key: string): string {
  for (let count = 1; ; count++) {
    const free = count === 1 ? key : `${key} (${count})`;
    if (!taken.has(free)) return free;
  }
}
