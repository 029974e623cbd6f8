/** Finds many strings in one pass. Each is at least {@link headLength} characters long. */
export class NeedleIndex<Needle extends { readonly text: string }> {
  readonly #byHead = new Map<number, Needle[]>();
  /** 1 where a head has a needle: most positions of a text are dismissed by this one look. */
  readonly #known = new Uint8Array(0x10000);

  add(needle: Needle): void {
    let head = 0;
    for (let at = 0; at < headLength; at++) head = roll(head, needle.text.charCodeAt(at));
    const sameHead = this.#byHead.get(head);
    if (sameHead === undefined) this.#byHead.set(head, [needle]);
    else sameHead.push(needle);
    this.#known[head] = 1;
  }

  /** Calls `visit` for every needle. */
  each(visit: (needle: Needle) => void): void {
    for (const sameHead of this.#byHead.values()) sameHead.forEach(visit);
  }

  /** Calls `found` for every occurrence, overlapping ones too, in the order of their starts. */
  search(text: string, found: (needle: Needle, start: number) => void): void {
    let head = 0;
    for (let at = 0; at < text.length; at++) {
      head = roll(head, text.charCodeAt(at));
      const start = at - headLength + 1;
      if (start < 0 || this.#known[head] === 0) continue;
      for (const needle of this.#byHead.get(head) ?? [])
        if (text.startsWith(needle.text, start)) found(needle, start);
    }
  }
}

export const headLength = 4;

/** A hash of the last four characters: each step shifts the fifth out of the 16 bits. */
function roll(head: number, unit: number): number {
  return ((head << 4) ^ unit) & 0xffff;
}
