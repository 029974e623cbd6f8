// docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: 900 points a minute, of which reading costs
// one and changing five. A little is left for clocks that differ.
const POINTS = 850;
const MINUTE_MS = 60_000;

/** What was spent in the last minute of GitHub's points, against its secondary limit. Times are milliseconds. */
export class Points {
  #spent: { readonly at: number; readonly points: number }[] = [];
  #sum = 0;

  /** How long to wait before calls that cost so much, so that the minute's points last. */
  wait(points: number, now: number): number {
    this.#forget(now);
    let over = this.#sum + points - POINTS;
    for (const spent of this.#spent) {
      if (over <= 0) break;
      over -= spent.points;
      if (over <= 0) return spent.at + MINUTE_MS - now;
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

/** What one call costs. */
export function cost(changes: boolean): number {
  return changes ? 5 : 1;
}
