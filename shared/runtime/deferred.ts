type Undo = { readonly what: string; readonly undo: () => Promise<void> | void };

/** What has to be undone at the end of a run, however it ends. */
export class Deferred {
  readonly #pending: Undo[] = [];
  readonly #failed: string[] = [];

  /** Registers something to be undone; the last registered goes first. */
  add(what: string, undo: Undo["undo"]): void {
    this.#pending.push({ what, undo });
  }

  /** Undoes everything, one after the other; what fails is noted, and does not keep the rest from being undone. */
  async undoAll(): Promise<void> {
    for (let last = this.#pending.at(-1); last !== undefined; last = this.#pending.at(-1)) {
      try {
        await last.undo();
      } catch (error) {
        this.#failed.push(`${last.what} (${String(error)})`);
      }
      // Only now: until then it is left.
      this.#pending.splice(this.#pending.lastIndexOf(last), 1);
    }
  }

  /** What was not undone so far, and what could not be, with the reason. */
  left(): string[] {
    return [...this.#failed, ...this.#pending.map(({ what }) => what)];
  }
}
