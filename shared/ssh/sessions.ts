/**
 * Keeps the sessions on one connection below the server's MaxSessions (default 10; one more fails with "open
 * failed"). sshd_config(5) counts shells, commands and subsystems, not forwarded connections.
 */
export class Sessions {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #open = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs the work as soon as a session is free, in order of asking. Rejects with the signal's reason while waiting. */
  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#open < this.#limit) this.#open++;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#open--;
      else next();
    }
  }

  /** Resolves when a finished session is handed over; the count stays the same. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const give = () => {
        signal.removeEventListener("abort", abandon);
        resolve();
      };
      const abandon = () => {
        this.#waiting.splice(this.#waiting.indexOf(give), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abandon, { once: true });
      this.#waiting.push(give);
    });
  }
}
