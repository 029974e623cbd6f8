import type { FileHandle } from "node:fs/promises";

const WINDOW = 1024 * 1024;

/** The file has not the form that was expected. */
export class UnexpectedForm extends Error {
  override readonly name = "UnexpectedForm";
}

/** Reads an archive of pg_dump from its beginning: bytes, and the integers and texts that pg_dump writes. */
export class FileReader {
  readonly #file: FileHandle;
  #buffer: Buffer = Buffer.alloc(0);
  /** Where in the file the buffer begins, and how far of it is read. */
  #start = 0;
  #at = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** The position in the file of what is read next. */
  get position(): number {
    return this.#start + this.#at;
  }

  /** The next byte; undefined at the end of the file. */
  async byteOrEnd(): Promise<number | undefined> {
    if (this.#at >= this.#buffer.length) await this.#fill(1);
    return this.#buffer[this.#at++];
  }

  async byte(): Promise<number> {
    const value = await this.byteOrEnd();
    if (value === undefined) throw new UnexpectedForm("it ends early");
    return value;
  }

  /** A byte for the sign and four for the value (pg_backup_archiver.c, ReadInt). */
  async integer(): Promise<number> {
    if (this.#buffer.length - this.#at < 5) {
      await this.#fill(5);
      if (this.#buffer.length - this.#at < 5) throw new UnexpectedForm("it ends early");
    }
    const negative = this.#buffer[this.#at] !== 0;
    const value = this.#buffer.readUInt32LE(this.#at + 1);
    this.#at += 5;
    return negative ? -value : value;
  }

  /** Passes over a text, and says whether there was one: a length below zero stands for none (ReadStr). */
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
      // Rows are pieces: there are millions of them, and a promise for each would take longer than all the rest.
      while (this.#buffer.length - this.#at >= 5) {
        const length = this.#buffer.readUInt32LE(this.#at + 1);
        if (this.#buffer[this.#at] !== 0) throw new UnexpectedForm("a piece of data has a negative length");
        this.#at += 5 + length;
        if (length === 0) return;
      }
      const length = await this.integer();
      if (length < 0) throw new UnexpectedForm("a piece of data has a negative length");
      if (length === 0) return;
      this.skip(length);
    }
  }

  /** Has at least so many bytes in the buffer from here on, where the file has them. */
  async #fill(bytes: number): Promise<void> {
    this.#start += this.#at;
    const kept = this.#at < this.#buffer.length ? this.#buffer.subarray(this.#at) : Buffer.alloc(0);
    this.#at = 0;
    const buffer = Buffer.allocUnsafe(Math.max(WINDOW, bytes));
    kept.copy(buffer);
    let length = kept.length;
    while (length < bytes) {
      const { bytesRead } = await this.#file.read(
        buffer,
        length,
        buffer.length - length,
        this.#start + length,
      );
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    this.#buffer = buffer.subarray(0, length);
  }
}
