import type { Writable } from "node:stream";

/** One of the places that the same bytes go to. */
export type Outlet = { readonly name: string; readonly sink: Writable };

/**
 * Writes the same bytes to several sinks, at the pace of the slowest. A sink that fails is left out from then on, and
 * the others go on.
 */
export class FanOut {
  readonly #live = new Set<Outlet>();
  readonly #failed = new Map<Outlet, Error>();
  #stop: ((why: Error) => void) | undefined;

  constructor(outlets: readonly Outlet[]) {
    for (const outlet of outlets) {
      this.#live.add(outlet);
      outlet.sink.on("error", (error) => this.#fail(outlet, error));
      outlet.sink.on("close", () => {
        this.#notice(outlet);
      });
      this.#notice(outlet);
    }
  }

  /** What went wrong, by outlet. */
  get failed(): ReadonlyMap<Outlet, Error> {
    return this.#failed;
  }

  get live(): readonly Outlet[] {
    return [...this.#live];
  }

  /** Calls `stop`, once, when no sink is left, also where nothing is written just then. */
  whenNoneIsLeft(stop: (why: Error) => void): void {
    this.#stop = stop;
    if (this.#live.size === 0) stop(this.#first());
  }

  /** Resolves when every sink takes more. Rejects with the first failure once none is left. */
  async write(chunk: Uint8Array): Promise<void> {
    let waits: Promise<void>[] | undefined;
    for (const outlet of this.#live) {
      if (outlet.sink.write(chunk)) continue;
      waits ??= [];
      waits.push(this.#settled(outlet, "drain"));
    }
    if (waits !== undefined) await Promise.all(waits);
    for (const outlet of this.#live) this.#notice(outlet);
    this.#check();
  }

  /** Ends the sinks. To be called only when what was written is known to be whole. */
  async finish(): Promise<void> {
    await Promise.all(
      this.live.map(async (outlet) => {
        const done = this.#settled(outlet, "finish");
        outlet.sink.end();
        await done;
        if (!outlet.sink.writableFinished) this.#fail(outlet, new Error("it did not take all"));
      }),
    );
    this.#check();
  }

  #check(): void {
    if (this.#live.size === 0) throw this.#first();
  }

  #first(): Error {
    const [first] = this.#failed.values();
    return first ?? new Error("there is nowhere to write to");
  }

  /** A sink can have gone when nobody listened. */
  #notice(outlet: Outlet): void {
    const { sink } = outlet;
    if (sink.errored) this.#fail(outlet, sink.errored);
    else if (sink.destroyed && !sink.writableFinished) this.#fail(outlet, new Error("it was closed"));
  }

  #fail(outlet: Outlet, error: Error): void {
    if (!this.#live.delete(outlet)) return;
    this.#failed.set(outlet, error);
    if (this.#live.size === 0) this.#stop?.(this.#first());
  }

  #settled({ sink }: Outlet, event: "drain" | "finish"): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        for (const name of [event, "error", "close"]) sink.off(name, done);
        resolve();
      };
      if (sink.destroyed || sink.errored) return done();
      for (const name of [event, "error", "close"]) sink.once(name, done);
    });
  }
}
