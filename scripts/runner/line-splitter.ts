/** Cuts a stream of text into lines as .NET's StreamReader does for the runner: at LF, CR LF and a lone CR. */
export class LineSplitter {
  readonly #take: (line: string) => void;
  #rest = "";

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(chunk: string): void {
    const text = this.#rest + chunk;
    // A CR at the end may be half of a CR LF: it waits for the next chunk.
    const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
    const lines = whole.split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? "") + text.slice(whole.length);
    for (const line of lines) this.#take(line);
  }

  /** The stream has ended: what is left is the last line. */
  end(): void {
    const last = this.#rest.replace(/\r$/, "");
    if (this.#rest !== "") this.#take(last);
    this.#rest = "";
  }
}
