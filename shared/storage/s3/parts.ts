/** Cuts what comes into parts of one size, in buffers that are used again and again: memory stays the same. */
export class PartBuffers {
  readonly #size: number;
  readonly #free: Buffer[] = [];
  readonly #waiting: (() => void)[] = [];
  #unmade: number;
  #current: Buffer | undefined;
  #filled = 0;

  /** `count` buffers of `size` bytes each. */
  constructor(size: number, count: number) {
    this.#size = size;
    this.#unmade = count;
  }

  /** Adds bytes; every part that became full goes to `full`, which hands its buffer back by {@link release}. */
  async add(chunk: Buffer, full: (part: Buffer) => Promise<void>): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      // A part goes only when there is more: the last one may be shorter, and the first may be the only one.
      if (this.#filled === this.#size) await full(this.#take());
      this.#current ??= await this.#buffer();
      const copied = chunk.copy(this.#current, this.#filled, at);
      this.#filled += copied;
      at += copied;
    }
  }

  /** What is in the buffer that is being filled; empty when nothing was added. */
  rest(): Buffer {
    return this.#current?.subarray(0, this.#filled) ?? Buffer.alloc(0);
  }

  /** Gives the buffer of a part back. */
  release(part: Buffer): void {
    this.#free.push(Buffer.from(part.buffer, part.byteOffset, this.#size));
    this.#waiting.shift()?.();
  }

  #take(): Buffer {
    const part = this.#current;
    if (part === undefined) throw new Error("no part is being filled");
    this.#current = undefined;
    this.#filled = 0;
    return part;
  }

  async #buffer(): Promise<Buffer> {
    for (;;) {
      const free = this.#free.pop();
      if (free !== undefined) return free;
      if (this.#unmade > 0) {
        this.#unmade--;
        return Buffer.allocUnsafeSlow(this.#size);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}
