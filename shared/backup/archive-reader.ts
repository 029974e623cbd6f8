/** The archive has not the form that was expected. */
export class UnexpectedForm extends Error {
  override readonly name = "UnexpectedForm";
}

/** Gives the bytes of an archive one after the other; undefined at their end. A buffer is the reader's until the next call. */
export type NextBytes = () => Promise<Buffer | undefined>;

const ROW_END = 0x0a;
// What pg_dump writes behind the rows of a table (pg_dump.c, dumpTableData_copy). No row has a line end within.
const END_OF_ROWS = Buffer.from("\\.\n\n\n");

/** Reads an archive of pg_dump from its beginning: bytes, and the integers and texts that pg_dump writes. */
export class ArchiveReader {
  readonly #next: NextBytes;
  #buffer: Buffer = Buffer.alloc(0);
  /** Where in the archive the buffer begins, and how far of it is read: perhaps beyond its end. */
  #start = 0;
  #at = 0;

  constructor(next: NextBytes) {
    this.#next = next;
  }

  /** The position in the archive of what is read next. */
  get position(): number {
    return this.#start + this.#at;
  }

  /** The next byte; undefined at the end of the archive. */
  async byteOrEnd(): Promise<number | undefined> {
    while (this.#at >= this.#buffer.length) {
      if (!(await this.#advance())) return undefined;
    }
    return this.#buffer[this.#at++];
  }

  async byte(): Promise<number> {
    const value = await this.byteOrEnd();
    if (value === undefined) throw new UnexpectedForm("it ends early");
    return value;
  }

  /** A byte for the sign and four for the value (pg_backup_archiver.c, ReadInt). */
  async integer(): Promise<number> {
    if (this.#buffer.length - this.#at >= 5) {
      const negative = this.#buffer[this.#at] !== 0;
      const value = this.#buffer.readUInt32LE(this.#at + 1);
      this.#at += 5;
      return negative ? -value : value;
    }
    const negative = (await this.byte()) !== 0;
    let value = 0;
    for (let shift = 1; shift <= 2 ** 24; shift *= 2 ** 8) value += (await this.byte()) * shift;
    return negative ? -value : value;
  }

  /** A text, or undefined where there is none: a length below zero stands for that (ReadStr). */
  async text(): Promise<string | undefined> {
    const length = await this.integer();
    if (length < 0) return undefined;
    if (length > LONGEST_NAME) throw new UnexpectedForm("a name is too long");
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; at++) bytes[at] = await this.byte();
    return bytes.toString("utf8");
  }

  /** Whether there was a text. */
  async skipText(): Promise<boolean> {
    const length = await this.integer();
    if (length > 0) this.skip(length);
    return length >= 0;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  /** Passes over pieces of data, each after its length, up to the empty one that ends them. */
  async skipPieces(): Promise<void> {
    for (;;) {
      const length = await this.#length();
      if (length === 0) return;
      this.skip(length);
    }
  }

  /**
   * Passes over the pieces of a table's data and counts them: each is one row of COPY's text format, as far as its end
   * shows, and the last one is the end of COPY's data.
   */
  async countRows(): Promise<number> {
    for (let rows = 0; ; rows++) {
      // There are millions of them: a promise for each would take longer than all the rest.
      const buffer = this.#buffer;
      let at = this.#at;
      for (; buffer.length - at >= 5; rows++) {
        const length = buffer.readUInt32LE(at + 1);
        const end = at + 5 + length;
        if (buffer[at] !== 0 || length === 0 || end > buffer.length) break;
        if (length === END_OF_ROWS.length && END_OF_ROWS.equals(buffer.subarray(at + 5, end))) {
          this.#at = end;
          return this.#endRows(rows);
        }
        if (buffer[end - 1] !== ROW_END) throw new UnexpectedForm("a piece of data is no row");
        at = end;
      }
      this.#at = at;
      // One that is not whole in the buffer.
      const length = await this.#length();
      if (length === 0) throw new UnexpectedForm("the data of a table have no end");
      const start = Buffer.alloc(Math.min(length, END_OF_ROWS.length));
      for (let index = 0; index < start.length; index++) start[index] = await this.byte();
      if (length === start.length && END_OF_ROWS.equals(start)) return this.#endRows(rows);
      let last = start.at(-1);
      if (length > start.length) {
        this.skip(length - start.length - 1);
        last = await this.byte();
      }
      if (last !== ROW_END) throw new UnexpectedForm("a piece of data is no row");
    }
  }

  async #endRows(rows: number): Promise<number> {
    if ((await this.#length()) !== 0)
      throw new UnexpectedForm("there is more behind the end of a table's data");
    return rows;
  }

  async #length(): Promise<number> {
    const length = await this.integer();
    if (length < 0) throw new UnexpectedForm("a piece of data has a negative length");
    return length;
  }

  async #advance(): Promise<boolean> {
    const { length } = this.#buffer; // Its bytes are gone once the next ones are asked for.
    const next = await this.#next();
    if (next === undefined) return false;
    this.#start += length;
    this.#at -= length;
    this.#buffer = next;
    return true;
  }
}

// Of names that pg_dump writes; a name of PostgreSQL has 63 bytes.
const LONGEST_NAME = 1 << 20;
