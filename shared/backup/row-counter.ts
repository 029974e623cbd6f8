import { countNewlines } from "./newlines.ts";

/** What an archive holds, as pg_restore wrote it out. */
export type ArchiveContent = {
  /** Rows by table, `schema` and `name` as {@link tableKey} joins them. */
  readonly rows: ReadonlyMap<string, number>;
  readonly largeObjects: number;
  /** Of the SQL text. */
  readonly bytes: number;
};

/** A table as a key of a map. */
export function tableKey(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}

const NEWLINE = 0x0a;
const QUOTE = 0x27;
const DOUBLE = 0x22;
const SEMICOLON = 0x3b;
const DASH = 0x2d;
const BACKSLASH = 0x5c;
const END_OF_DATA = Buffer.from("\n\\.\n");
// A COPY statement names each of at most 1,600 columns, in at most 63 bytes, each of which may be a doubled quote.
const LONGEST_STATEMENT = 512 * 1024;

type Mode = "between" | "statement" | "quote" | "escape quote" | "identifier" | "comment" | "meta" | "data";

/**
 * Reads the SQL of `pg_restore --data-only --file=-` as it comes, and counts the rows of each COPY. In COPY's text format
 * a row is exactly one line, and `\.` alone ends it (the manual on COPY, file formats). Everything else is read as SQL,
 * so that a name with quotes or line ends in it, or a value that looks like a statement, misleads nobody. Functions,
 * whose bodies could, are not in the data.
 */
export class RowCounter {
  #mode: Mode = "between";
  #statement: Buffer[] = [];
  #length = 0;
  #last = 0;
  #previous = 0;
  #rows = new Map<string, number>();
  #table = "";
  #count = 0;
  /** The end of what was read of the data, as long as it may be the beginning of its end. */
  #tail: Buffer = Buffer.alloc(0);
  #largeObjects = 0;
  #bytes = 0;

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    for (let at = 0; at < chunk.length; )
      at = this.#mode === "data" ? this.#data(chunk, at) : this.#sql(chunk, at);
  }

  /** What was counted. Throws when the text ended within a table's data or a statement: it is not whole. */
  end(): ArchiveContent {
    if (this.#mode === "data") throw new Error(`the data of ${this.#table} has no end`);
    if (this.#mode !== "between" && this.#mode !== "comment") throw new Error("it ends within a statement");
    return { rows: this.#rows, largeObjects: this.#largeObjects, bytes: this.#bytes };
  }

  #sql(chunk: Buffer, start: number): number {
    let from = start;
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      switch (this.#mode) {
        case "between":
          if (byte <= 0x20) continue;
          from = at;
          this.#mode = byte === BACKSLASH ? "meta" : "statement";
          if (this.#mode === "statement") at--;
          continue;
        case "meta":
        case "comment":
          if (byte !== NEWLINE) continue;
          this.#mode = "between";
          this.#forget();
          from = at + 1;
          continue;
        case "quote":
          if (byte === QUOTE) this.#mode = "statement";
          else at = upTo(chunk, at, QUOTE);
          continue;
        case "escape quote":
          // A pair of a backslash and what follows it is one character.
          if (this.#last === BACKSLASH) this.#last = 0;
          else if (byte === QUOTE) this.#mode = "statement";
          else this.#last = byte;
          continue;
        case "identifier":
          if (byte === DOUBLE) this.#mode = "statement";
          continue;
        case "statement":
          if (byte === SEMICOLON) {
            this.#keep(chunk, from, at);
            const next = this.#endStatement();
            if (next === "data") {
              this.#mode = "data";
              return at + 1;
            }
            this.#mode = "between";
          } else if (byte === QUOTE) {
            this.#mode = isEscapePrefix(this.#last, this.#previous) ? "escape quote" : "quote";
            this.#last = 0;
            continue;
          } else if (byte === DOUBLE) {
            this.#mode = "identifier";
          } else if (byte === DASH && this.#last === DASH) {
            if (this.#length + at - from > 1) throw new Error("a comment within a statement");
            this.#mode = "comment";
          }
          this.#previous = this.#last;
          this.#last = byte;
      }
    }
    if (
      this.#mode === "statement" ||
      this.#mode === "quote" ||
      this.#mode === "escape quote" ||
      this.#mode === "identifier"
    )
      this.#keep(chunk, from, chunk.length);
    return chunk.length;
  }

  /** Keeps of a statement what {@link #endStatement} looks at. */
  #keep(chunk: Buffer, from: number, to: number): void {
    const most = this.#length === 0 || startsCopy(this.#statement[0]) ? LONGEST_STATEMENT : 64;
    const piece = chunk.subarray(from, Math.min(to, from + Math.max(0, most - this.#length)));
    if (piece.length === 0) return;
    // A small statement would keep the whole chunk in memory.
    this.#statement.push(Buffer.from(piece));
    this.#length += piece.length;
  }

  #endStatement(): "data" | "between" {
    const text = Buffer.concat(this.#statement).toString("utf8");
    this.#forget();
    if (/^SELECT pg_catalog\.lo_open\(/.test(text)) this.#largeObjects++;
    if (!text.startsWith("COPY ")) return "between";
    const table = copiedTable(text);
    if (table === undefined) throw new Error("a COPY statement that is not understood");
    if (this.#rows.has(table)) throw new Error(`the data of ${table} comes twice`);
    this.#table = table;
    this.#count = -1; // The line end behind the statement.
    this.#tail = Buffer.alloc(0);
    return "data";
  }

  #forget(): void {
    this.#statement = [];
    this.#length = 0;
    this.#last = this.#previous = 0;
  }

  #data(chunk: Buffer, start: number): number {
    const joint = this.#tail.length;
    // The end may have begun in the chunk before.
    if (joint > 0) {
      const seam = Buffer.concat([this.#tail, chunk.subarray(start, start + END_OF_DATA.length - 1)]);
      const found = seam.indexOf(END_OF_DATA);
      if (found !== -1 && found < joint) return this.#endData(start + found + END_OF_DATA.length - joint);
    }
    const end = chunk.indexOf(END_OF_DATA, start);
    if (end !== -1) {
      this.#count += countNewlines(chunk, start, end + 1);
      return this.#endData(end + END_OF_DATA.length);
    }
    this.#count += countNewlines(chunk, start, chunk.length);
    const seen = chunk.subarray(Math.max(start, chunk.length - END_OF_DATA.length + 1));
    this.#tail = Buffer.concat([this.#tail, seen]).subarray(-(END_OF_DATA.length - 1));
    return chunk.length;
  }

  #endData(next: number): number {
    this.#rows.set(this.#table, this.#count);
    this.#mode = "between";
    return next;
  }
}

/** The last position before the byte, so that the loop meets it next; the chunk's last one without it. */
function upTo(chunk: Buffer, at: number, byte: number): number {
  const found = chunk.indexOf(byte, at);
  return (found === -1 ? chunk.length : found) - 1;
}

function startsCopy(piece: Buffer | undefined): boolean {
  return piece?.subarray(0, 5).toString("latin1").startsWith("COPY ".slice(0, piece.length)) === true;
}

/** `E'…'`, but not `name'`: an E that begins a word. */
function isEscapePrefix(last: number, previous: number): boolean {
  if (last !== 0x45 && last !== 0x65) return false;
  return !/[\w$\u0080-\uffff]/.test(String.fromCharCode(previous));
}

const NAME = /"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*/u;
const COPY = new RegExp(`^COPY (${NAME.source})\\.(${NAME.source}) *(?:\\(.*\\) ?)?FROM stdin$`, "su");

function copiedTable(statement: string): string | undefined {
  const [, schema, name] = COPY.exec(statement.trim()) ?? [];
  return schema === undefined || name === undefined ? undefined : tableKey(unquoted(schema), unquoted(name));
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
