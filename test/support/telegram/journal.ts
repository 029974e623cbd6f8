import type { IncomingHttpHeaders } from "node:http";

/** One request as it came, and what became of it. */
export type Entry = {
  /** As documented, or as sent where there is none such. */
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly files: readonly { readonly field: string; readonly name: string; readonly size: number }[];
  readonly headers: IncomingHttpHeaders;
  /** The answer's code, 200 for success; 0 when no answer was sent. */
  code: number;
  description: string;
};

/** What came in, oldest first; a test may wait for what is to come. */
export class Journal {
  readonly entries: Entry[] = [];
  #waiting: { readonly matches: (entry: Entry) => boolean; readonly tell: (entry: Entry) => void }[] = [];

  add(entry: Entry): void {
    this.entries.push(entry);
    const told = this.#waiting.filter(({ matches }) => matches(entry));
    this.#waiting = this.#waiting.filter((waiting) => !told.includes(waiting));
    for (const { tell } of told) tell(entry);
  }

  /** The methods that were called, oldest first. */
  get methods(): string[] {
    return this.entries.map(({ method }) => method);
  }

  of(method: string): Entry[] {
    return this.entries.filter((entry) => entry.method === method);
  }

  /** Resolves with the first entry, of those to come, that matches. */
  next(matches: (entry: Entry) => boolean = () => true): Promise<Entry> {
    return new Promise((tell) => this.#waiting.push({ matches, tell }));
  }
}
