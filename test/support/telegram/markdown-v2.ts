import type { Entity, EntityType } from "./entity.ts";
import { linkProblem, mentionedUser } from "./link.ts";
import { type Parsed, ParseError } from "./parsed.ts";

const RESERVED = new Set("_*[]()~`>#+-=|{}.!\n");
const ENTITY_NAMES: Partial<Record<EntityType, string>> = {
  bold: "Bold",
  italic: "Italic",
  underline: "Underline",
  strikethrough: "Strikethrough",
  spoiler: "Spoiler",
  code: "Code",
  pre: "Pre",
  text_link: "TextUrl",
  custom_emoji: "CustomEmoji",
  blockquote: "BlockQuote",
};

type Open = {
  readonly type: EntityType;
  readonly language: string;
  readonly offset: number;
  readonly at: number;
};

/**
 * Reads `parse_mode: MarkdownV2` as the service does (parse_markdown_v2 of tdlib): every reserved character must be
 * escaped where it is no markup, `__` is always underline, a quote starts at the beginning of a line alone.
 */
export function parseMarkdownV2(source: string): Parsed {
  return new Reader(source).read();
}

class Reader {
  readonly #source: string;
  readonly #open: Open[] = [];
  readonly #entities: Entity[] = [];
  readonly #dropped: string[] = [];
  #text = "";
  #at = 0;
  #quoted = false;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Parsed {
    for (; this.#at < this.#source.length; this.#at++) {
      const character = this.#source[this.#at] ?? "";
      const inner = this.#open.at(-1);
      const inCode = inner?.type === "code" || inner?.type === "pre";
      if (this.#escapes(this.#at)) {
        this.#at++;
        this.#text += this.#source[this.#at];
      } else if (inCode ? character !== "`" : !RESERVED.has(character)) {
        this.#text += character;
      } else if (inner !== undefined && this.#ends(inner, character)) {
        this.#close(inner, character);
      } else {
        this.#begin(character);
      }
    }
    return this.#finish();
  }

  #escapes(at: number): boolean {
    const next = this.#source.charCodeAt(at + 1);
    return this.#source[at] === "\\" && next > 0 && next <= 126;
  }

  #follows(text: string): boolean {
    return this.#source.startsWith(text, this.#at + 1);
  }

  #ends({ type }: Open, character: string): boolean {
    if (this.#quoted && character === "\n" && !this.#follows(">")) return true;
    if (type === "bold") return character === "*";
    if (type === "italic") return character === "_" && !this.#follows("_");
    if (type === "underline") return character === "_" && this.#follows("_");
    if (type === "strikethrough") return character === "~";
    if (type === "spoiler") return character === "|" && this.#follows("|");
    if (type === "code") return character === "`";
    if (type === "pre") return character === "`" && this.#follows("``");
    return (type === "text_link" || type === "custom_emoji") && character === "]";
  }

  #begin(character: string): void {
    const at = this.#at;
    const push = (type: EntityType, language = "") =>
      void this.#open.push({ type, language, offset: this.#text.length, at });
    const double = this.#follows(character);
    if (character === "_") push(double ? "underline" : "italic");
    else if (character === "*") push("bold");
    else if (character === "~") push("strikethrough");
    else if (character === "[") push("text_link");
    else if (character === "|" && double) push("spoiler");
    else if (character === "!" && this.#follows("[")) push("custom_emoji");
    else if (character === "`") this.#beginCode(push);
    else if (character === "\n") this.#newLine(push);
    else if (character === ">" && at === 0) {
      this.#quoted = true;
      push("blockquote");
    } else
      throw new ParseError(
        `Character '${character}' is reserved and must be escaped with the preceding '\\'`,
      );
    if ((character === "_" && double) || character === "|" || character === "!") this.#at++;
  }

  /** Leaves the position at the last character of what begins the code. */
  #beginCode(push: (type: EntityType, language?: string) => void): void {
    if (!this.#follows("``")) {
      push("code");
      return;
    }
    const start = this.#at + 3;
    const name = /^[^\s`]*/.exec(this.#source.slice(start))?.[0] ?? "";
    const after = this.#source[start + name.length];
    const language = after === undefined || after === "`" ? "" : name;
    const body = start + language.length;
    const lineEnd = /^(\r\n|\n\r|\n|\r)?/.exec(this.#source.slice(body, body + 2))?.[0] ?? "";
    this.#at = body + lineEnd.length - 1;
    push("pre", language);
  }

  #newLine(push: (type: EntityType) => void): void {
    this.#text += "\n";
    if (!this.#follows(">")) return;
    this.#at++;
    if (this.#quoted) return;
    this.#quoted = true;
    push("blockquote");
  }

  #close(inner: Open, character: string): void {
    if (character === "\n" && inner.type !== "blockquote") throw endMissing(inner, this.#source);
    this.#open.pop();
    const { type, offset } = inner;
    const extent = { offset, length: this.#text.length - offset };
    const add = (entity: Entity) => {
      if (entity.length > 0) this.#entities.push(entity);
    };
    if (type === "underline" || type === "spoiler") this.#at++;
    if (type === "pre") this.#at += 2;
    if (type === "blockquote") {
      this.#quoted = false;
      this.#text += "\n";
      add({ type, offset, length: this.#text.length - offset });
    } else if (type === "text_link") {
      const url = this.#follows("(") ? this.#readUrl("a URL") : this.#text.slice(offset);
      const user = mentionedUser(url);
      const problem = linkProblem(url);
      if (user !== undefined) add({ type: "text_mention", ...extent, user: { id: user } });
      else if (problem === undefined) add({ type, ...extent, url });
      else this.#dropped.push(`the link to '${url}': ${problem}`);
    } else if (type === "custom_emoji") {
      if (!this.#follows("(")) throw new ParseError("Custom emoji entity must contain a tg://emoji URL");
      const id = /^tg:\/\/emoji\?id=(\d+)$/.exec(this.#readUrl("a custom emoji URL"))?.[1];
      if (id === undefined) throw new ParseError("Custom emoji URL must have an emoji identifier");
      add({ type, ...extent, custom_emoji_id: id });
    } else {
      add({ type, ...extent, ...(inner.language === "" ? {} : { language: inner.language }) });
    }
  }

  #readUrl(what: string): string {
    this.#at += 2;
    const start = this.#at;
    let url = "";
    for (; this.#at < this.#source.length && this.#source[this.#at] !== ")"; this.#at++) {
      if (this.#escapes(this.#at)) this.#at++;
      url += this.#source[this.#at];
    }
    if (this.#source[this.#at] === ")") return url;
    throw new ParseError(
      `Can't find end of ${what} at byte offset ${Buffer.byteLength(this.#source.slice(0, start))}`,
    );
  }

  #finish(): Parsed {
    const last = this.#open.at(-1);
    if (this.#quoted && last?.type === "blockquote") {
      this.#open.pop();
      const length = this.#text.length - last.offset;
      if (length > 0) this.#entities.push({ type: last.type, offset: last.offset, length });
    }
    const left = this.#open.at(-1);
    if (left !== undefined) throw endMissing(left, this.#source);
    return { text: this.#text, entities: this.#entities, dropped: this.#dropped };
  }
}

function endMissing({ type, at, language }: Open, source: string): ParseError {
  const name = type === "pre" && language !== "" ? "PreCode" : ENTITY_NAMES[type];
  return new ParseError(
    `Can't find end of ${name} entity at byte offset ${Buffer.byteLength(source.slice(0, at))}`,
  );
}
