import { Refusal } from "./refusal.ts";

const WINDOW_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Points a minute and endpoint: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
const POINTS = 900;
const MUTATION_POINTS = 5;

/** GitHub's two limits: so many calls an hour, and so many points a minute. */
export class Limits {
  limit = 5_000;
  used = 0;
  /** Milliseconds since 1970. */
  resetAt: number;
  #blockedUntil = 0;
  #told = false;
  #minute: { at: number; points: number }[] = [];
  readonly #now: () => number;

  /** Where there are none, no header tells of them. */
  readonly #on: boolean;

  constructor(now: () => number, on: boolean) {
    this.#now = now;
    this.#on = on;
    this.resetAt = now() + WINDOW_MS;
  }

  /** So many calls are left until then. */
  leave(remaining: number, resetInMs: number): void {
    this.used = this.limit - remaining;
    this.resetAt = this.#now() + resetInMs;
  }

  /** Refuses everything for so many seconds, as after too many points. */
  block(seconds: number): Refusal {
    this.#blockedUntil = this.#now() + seconds * 1_000;
    return secondary(seconds);
  }

  get blocked(): boolean {
    return this.#now() < this.#blockedUntil;
  }

  /** Whether a caller was told that no call is left, and the hour is not over. */
  get spent(): boolean {
    return this.#told && this.used >= this.limit && this.#now() < this.resetAt;
  }

  /** Counts one call; throws the refusal where there was one too many. */
  count(mutates: boolean): void {
    if (!this.#on) return;
    const now = this.#now();
    if (now >= this.resetAt) {
      this.used = 0;
      this.#told = false;
      this.resetAt = now + WINDOW_MS;
    }
    if (this.blocked) throw secondary(Math.ceil((this.#blockedUntil - now) / 1_000));
    if (this.used >= this.limit) {
      throw new Refusal(
        403,
        "API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, please include the request ID.",
      );
    }
    this.used += 1;
    this.#minute = this.#minute.filter(({ at }) => now - at < MINUTE_MS);
    this.#minute.push({ at: now, points: mutates ? MUTATION_POINTS : 1 });
    if (this.#minute.reduce((sum, { points }) => sum + points, 0) > POINTS) throw this.block(60);
  }

  /** A conditional request that was answered with 304 costs nothing. */
  giveBack(): void {
    this.used -= 1;
  }

  overview() {
    const remaining = Math.max(0, this.limit - this.used);
    return { limit: this.limit, used: this.used, remaining, reset: Math.ceil(this.resetAt / 1_000) };
  }

  headers(): Record<string, string> {
    if (!this.#on) return {};
    const { limit, used, remaining, reset } = this.overview();
    this.#told = remaining === 0;
    return {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(remaining),
      "x-ratelimit-used": String(used),
      "x-ratelimit-reset": String(reset),
      "x-ratelimit-resource": "core",
    };
  }
}

function secondary(seconds: number): Refusal {
  return new Refusal(
    403,
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    { "retry-after": String(seconds) },
  );
}
