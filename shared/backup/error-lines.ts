/** A line that stands for those of stderr that are not kept. */
export const OMITTED = "…";

const HALF = 8 * 1024;

/** What a program writes to stderr, line by line: its first and its last lines are kept, as bytes without end may come. */
export class ErrorLines {
  readonly #onLine: ((line: string) => boolean) | undefined;
  #head = "";
  #tail = "";
  #omitted = false;
  #rest = "";

  /** `onLine` is told every whole line; those for which it returns true are not kept. */
  constructor(onLine: ((line: string) => boolean) | undefined) {
    this.#onLine = onLine;
  }

  /** The next piece of what it writes. */
  add(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, HALF); // Its beginning tells what it is.
    for (const each of lines) this.#take(each);
  }

  /** Nothing more comes; safe to call twice. */
  end(): void {
    if (this.#rest !== "") this.#take(this.#rest);
    this.#rest = "";
  }

  /** The first and the last lines, with {@link OMITTED} between where there were more. */
  text(): string {
    return this.#omitted ? `${this.#head}${OMITTED}\n${this.#tail}` : this.#head + this.#tail;
  }

  #take(line: string): void {
    if (this.#onLine?.(line) === true) return;
    const short = `${line.slice(0, HALF - 1)}\n`;
    if (this.#tail === "" && this.#head.length + short.length <= HALF) this.#head += short;
    else this.#tail += short;
    if (this.#tail.length <= HALF) return;
    this.#omitted = true;
    this.#tail = this.#tail.slice(this.#tail.indexOf("\n", this.#tail.length - HALF - 1) + 1);
  }
}
