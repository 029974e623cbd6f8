import type { FileHandle } from "node:fs/promises";
import { type NextBytes, UnexpectedForm } from "../../../shared/backup/archive-reader.ts";

const WINDOW = 1024 * 1024;

/** The bytes of a file; with `growth`, of one that is still being written: where it ends for now, more is waited for. */
export function bytesOf(file: FileHandle, growth?: Growth): NextBytes {
  const window = Buffer.allocUnsafeSlow(WINDOW);
  let position = 0;
  return async () => {
    for (;;) {
      if (growth?.givenUp === true) throw new UnexpectedForm("it is not written to its end");
      // Asked before reading: what is written after that is not missed.
      const whole = growth?.over !== false;
      const { bytesRead } = await file.read(window, 0, WINDOW, position);
      position += bytesRead;
      if (bytesRead > 0) return window.subarray(0, bytesRead);
      if (whole) return undefined;
      await growth?.next();
    }
  };
}

/** That of a file that somebody is writing. */
export class Growth {
  #more = Promise.withResolvers<void>();
  #over = false;
  #givenUp = false;

  /** Whether nothing comes any more. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether it will never be whole. */
  get givenUp(): boolean {
    return this.#givenUp;
  }

  /** Resolves when there may be more, or there will be none. */
  async next(): Promise<void> {
    if (!this.#over) await this.#more.promise;
  }

  /** To be called now and then while it is written. */
  grown(): void {
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }

  /** To be called in the end, with whether it is whole. */
  end(whole: boolean): void {
    this.#over = true;
    this.#givenUp = !whole;
    this.#more.resolve();
  }
}
