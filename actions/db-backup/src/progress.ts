import { formatBytes, formatDuration } from "../../../shared/runtime/values.ts";
import type { DumpedRelation } from "./dumped-tables.ts";

/** How far a dump is, by the sizes of the tables that are done. */
export class Progress {
  readonly #pages = new Map<string, number>();
  readonly #total: number;
  readonly #monotonic: () => number;
  readonly #started: number;
  #done = 0;
  #current = "";
  #bytes = 0;

  constructor(relations: readonly DumpedRelation[], monotonic: () => number) {
    for (const { schema, name, kind, pages } of relations) {
      if (kind === "r") this.#pages.set(`${schema}.${name}`, Math.max(1, pages));
    }
    this.#total = [...this.#pages.values()].reduce((sum, pages) => sum + pages, 0);
    this.#monotonic = monotonic;
    this.#started = monotonic();
  }

  table(name: string): void {
    this.#done += this.#pages.get(this.#current) ?? 0;
    this.#current = name;
  }

  bytes(bytes: number): void {
    this.#bytes = bytes;
  }

  /** `12.3 MB stored, 4.1 MB/s, past 40 % of the tables' size, about 2 min left (now public.orders)` */
  line(): string {
    const elapsed = this.#monotonic() - this.#started;
    const rate = elapsed > 0 ? (this.#bytes / elapsed) * 1_000 : 0;
    const parts = [`${formatBytes(this.#bytes)} stored`, `${formatBytes(rate)}/s`];
    const share = this.#total === 0 ? 0 : Math.min(1, this.#done / this.#total);
    if (share > 0) {
      parts.push(`${Math.floor(share * 100)} % of the tables' size is past`);
      if (share < 1) parts.push(`about ${formatDuration((elapsed / share) * (1 - share))} left`);
    }
    return `${parts.join(", ")}${this.#current === "" ? "" : ` (now ${this.#current})`}`;
  }
}
