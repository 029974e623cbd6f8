// docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: 900 points a minute, of which reading costs
// one and changing five. A little is left for clocks that differ.
const POINTS = 850;
const MINUTE_MS = 60_000;

/** What was spent in the last minute of GitHub's points, against its secondary limit. Times are milliseconds. */
export class Points {
  #spent: { readonly at: number; readonly points: number }[] = [];
  #sum = 0;

  /** How long to wait before a call, so that the minute's points last. */
  wait(changes: boolean, now: number): number {
    this.#forget(now);
    let over = this.#sum + cost(changes) - POINTS;
    for (const { at, points } of this.#spent) {
      if (over <= 0) break;
      over -= points;
      if (over <= 0) return at + MINUTE_MS - now;
    }
    return 0;
  }

  /** Counts a call. */
  spend(changes: boolean, now: number): void {
    this.#spent.push({ at: now, points: cost(changes) });
    this.#sum += cost(changes);
  }

  #forget(now: number): void {
    const fresh = this.#spent.findIndex(({ at }) => now - at < MINUTE_MS);
    const old = this.#spent.splice(0, fresh === -1 ? this.#spent.length : fresh);
    for (const { points } of old) this.#sum -= points;
  }
}

function cost(changes: boolean): number {
  return changes ? 5 : 1;
}
