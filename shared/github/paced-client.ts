import type { IncomingHttpHeaders } from "node:http";
import type { Clock } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import { formatDuration } from "../runtime/values.ts";
import { type GitHubAnswer, type GitHubClient, GitHubError } from "./client.ts";
import { cost, Points } from "./points.ts";
import { type Budget, readBudget, waitForLimit } from "./rate-limit.ts";

/** GitHub's limit would keep the work waiting for longer than allowed. `resetAt`: milliseconds since 1970. */
export class LimitReached extends Error {
  override readonly name = "LimitReached";
  readonly resetAt: number;

  constructor(resetAt: number) {
    super("GitHub's rate limit is reached");
    this.resetAt = resetAt;
  }
}

export type Pace = {
  /** Between two calls that change something, in milliseconds. GitHub asks for a second. */
  readonly changeMs: number;
  /** A limit that lasts longer than this, or beyond `deadline` (monotonic milliseconds), ends the work. */
  readonly longestWaitMs: number;
  readonly deadline: number;
};

/** What became of the attempts of one call so far. */
export type Tries = { failed: number; limited: number };

/** For a call that was not tried yet. */
export function noTries(): Tries {
  return { failed: 0, limited: 0 };
}

type Surroundings = { readonly clock: Clock; readonly log: Logger; readonly signal: AbortSignal };

export type PacedCall = {
  readonly method: "GET" | "DELETE";
  /** Relative, or an address of the same server out of a Link header. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of the run's own signal. */
  readonly signal?: AbortSignal;
};

// A server error or a lost connection: five attempts, after 1, 2, 4 and 8 seconds.
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 1_000;
// A limit that is still there after so many waits will not end for us.
const LIMIT_WAITS = 5;

/**
 * Calls to GitHub one after the other, within its limits: the budget of the hour, the pauses it asks for, a pause
 * between calls that change something; server errors and lost connections are tried again. Only for calls that may be
 * repeated.
 */
export class PacedGitHub {
  readonly #client: GitHubClient;
  readonly #pace: Pace;
  readonly #around: Surroundings;
  #budget: Budget | undefined;
  readonly #points = new Points();
  #lastChange = Number.NEGATIVE_INFINITY;
  #turn: Promise<unknown> = Promise.resolve();
  #calls = 0;

  constructor(client: GitHubClient, pace: Pace, around: Surroundings) {
    this.#client = client;
    this.#pace = pace;
    this.#around = around;
  }

  /** What GitHub said last; `undefined` before the first answer and on servers without limits. */
  get budget(): Budget | undefined {
    return this.#budget;
  }

  /** How many requests were sent. */
  get calls(): number {
    return this.#calls;
  }

  /**
   * The answer, whatever its status, except for limits and server errors. Throws LimitReached, a GitHubError when all
   * attempts failed, and the signal's reason.
   */
  call(call: PacedCall): Promise<GitHubAnswer> {
    const tries = noTries();
    return this.#inTurn(async () => {
      for (;;) {
        await this.#untilAllowed(call, cost(call.method !== "GET"));
        const answer = await this.#attempt(call, tries);
        if (answer !== undefined) return answer;
      }
    });
  }

  /**
   * As {@link call}, for what was decided on a look that must not grow old: it is sent at once, or not at all.
   * `undefined` when it had to wait, or failed and may succeed later; the pause is over then, and the caller looks
   * again. `tries` go on counting from one to the next.
   */
  callAtOnce(call: PacedCall, tries: Tries): Promise<GitHubAnswer | undefined> {
    return this.#inTurn(async () => {
      const paused = await this.#untilAllowed(call, cost(call.method !== "GET"));
      return paused ? undefined : await this.#attempt(call, tries);
    });
  }

  /** Waits until a look and then a call that changes something may be sent without a pause between them. */
  async ready(signal: AbortSignal): Promise<void> {
    const change = { method: "DELETE", path: "", signal } as const;
    await this.#inTurn(() => this.#untilAllowed(change, cost(false) + cost(true)));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work);
    this.#turn = next.catch(() => undefined);
    return next;
  }

  /** One request. `undefined` when it may be sent again: the pause for that is over. */
  async #attempt(call: PacedCall, tries: Tries): Promise<GitHubAnswer | undefined> {
    const answer = await this.#once(call).catch((error: unknown) => {
      if (!(error instanceof GitHubError)) throw error;
      return error;
    });
    if (!(answer instanceof GitHubError)) {
      const wait = waitForLimit(answer, tries.limited, this.#around.clock.now());
      if (wait !== undefined) {
        await this.#waitFor(wait, ++tries.limited, call);
        return undefined;
      }
      if (answer.status < 500) return answer;
    }
    if (++tries.failed === ATTEMPTS) {
      if (answer instanceof GitHubError) throw answer;
      throw new GitHubError(`HTTP ${answer.status}, ${ATTEMPTS} times in a row`, { status: answer.status });
    }
    await this.#sleep(FIRST_PAUSE_MS * 2 ** (tries.failed - 1), call);
    return undefined;
  }

  async #once(call: PacedCall): Promise<GitHubAnswer> {
    const { clock, signal } = this.#around;
    const changes = call.method !== "GET";
    this.#calls++;
    this.#points.spend(changes, clock.monotonic());
    try {
      const answer = await this.#client.send({ ...call, signal: call.signal ?? signal });
      this.#note(answer.headers);
      return answer;
    } finally {
      // From its end: GitHub counts from when it has done the work.
      if (changes) this.#lastChange = clock.monotonic();
    }
  }

  #note(headers: IncomingHttpHeaders): void {
    this.#budget = readBudget(headers) ?? this.#budget;
  }

  /** Whether there was a pause. */
  async #untilAllowed(call: PacedCall, points: number): Promise<boolean> {
    const { clock } = this.#around;
    const { remaining = 1, resetAt = 0 } = this.#budget ?? {};
    const spent = remaining === 0 && resetAt > clock.now();
    if (spent) await this.#waitFor(resetAt - clock.now() + 1_000, 1, call);
    const due = call.method === "GET" ? 0 : this.#lastChange + this.#pace.changeMs - clock.monotonic();
    const pause = Math.max(due, this.#points.wait(points, clock.monotonic()));
    if (pause > 0) await this.#sleep(pause, call);
    return spent || pause > 0;
  }

  async #waitFor(ms: number, waits: number, call: PacedCall): Promise<void> {
    const { clock, log } = this.#around;
    const { longestWaitMs, deadline } = this.#pace;
    if (waits > LIMIT_WAITS || ms > longestWaitMs || clock.monotonic() + ms >= deadline) {
      throw new LimitReached(clock.now() + ms);
    }
    log.info(`GitHub asks to wait: ${formatDuration(ms)}`);
    await this.#sleep(ms, call);
  }

  async #sleep(ms: number, call: PacedCall): Promise<void> {
    const { clock, signal } = this.#around;
    await clock.sleep(ms, call.signal ?? signal);
  }
}
