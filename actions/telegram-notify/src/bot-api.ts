import { HttpBodyError, HttpTimeout } from "../../../shared/http/exchange.ts";
import { errorCode, networkReason } from "../../../shared/net/reason.ts";
import type { Clock } from "../../../shared/runtime/clock.ts";
import type { Logger } from "../../../shared/runtime/logger.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import { type Answer, type Call, type Endpoint, ForeignAnswer, send } from "./bot-request.ts";
import { hintFor } from "./refusal-hint.ts";

/** Why a call was not carried out, in words, and what to do. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
  readonly hint: string;
  /** The server's own answer; undefined when there was none. */
  readonly answer: (Answer & { readonly ok: false }) | undefined;

  constructor(message: string, hint: string, answer?: Answer & { readonly ok: false }) {
    super(message);
    this.hint = hint;
    this.answer = answer;
  }
}

export type Done = {
  readonly result: unknown;
  /** An attempt before may have been carried out too: its answer was lost. */
  readonly maybeTwice: boolean;
};

export type Patience = {
  readonly retries: number;
  /** On the monotonic clock. */
  readonly deadline: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Logger;
};

const answerMs = 30_000;
// A slow line still takes a file of 50 MiB within the time that this gives, as far as the deadline allows.
const bytesPerMs = 100;
const longestPauseMs = 30_000;

/** The Bot API with the patience that it asks for. */
export class BotApi {
  readonly #endpoint: Endpoint;
  readonly #patience: Patience;

  constructor(endpoint: Endpoint, patience: Patience) {
    this.#endpoint = endpoint;
    this.#patience = patience;
  }

  /**
   * Carries out a call: waits as a 429 says, tries again after errors of the server and of the network, until the
   * retries are used up or the time is. Throws CallFailed, or the signal's reason.
   */
  async call(call: Call): Promise<Done> {
    const { retries, clock, log } = this.#patience;
    let maybeTwice = false;
    let failures = 0;
    for (let limited = 0; ; ) {
      const attempt = await this.#try(call);
      if (attempt.kind === "done") return { result: attempt.result, maybeTwice };
      if (attempt.kind === "limited") {
        const waitMs = attempt.waitMs ?? Math.min(1_000 * 2 ** limited++, longestPauseMs);
        log.info(`${call.method}: ${attempt.error.message}; waiting ${formatDuration(waitMs)}`);
        await this.#pause(waitMs, attempt.error);
        continue;
      }
      failures++;
      if (attempt.kind === "final" || failures > retries) throw attempt.error;
      // Nobody can ask the server whether it has sent a message already; a second one is better than none.
      maybeTwice ||= attempt.kind === "unclear" && !call.repeatable;
      log.info(`${call.method}: ${attempt.error.message}; trying again (${failures} of ${retries})`);
      await this.#pause(Math.min(500 * 2 ** (failures - 1), longestPauseMs), attempt.error);
      if (clock.monotonic() >= this.#patience.deadline) throw attempt.error;
    }
  }

  async #try(call: Call): Promise<Attempt> {
    const { clock, signal, deadline } = this.#patience;
    const size = (call.uploads ?? []).reduce((sum, { bytes }) => sum + bytes.length, 0);
    const leftMs = deadline - clock.monotonic();
    if (leftMs <= 0) return { kind: "final", error: new CallFailed("there was no time left", raiseTimeout) };
    const timeoutMs = Math.max(1, Math.round(Math.min(leftMs, answerMs + size / bytesPerMs)));
    try {
      const answer = await send(this.#endpoint, call, { timeoutMs, signal, now: clock.now() });
      return answer.ok ? { kind: "done", result: answer.result } : judge(answer);
    } catch (error) {
      signal.throwIfAborted();
      return judgeError(error, timeoutMs);
    }
  }

  /** Waits, unless the time would be over by then. */
  async #pause(waitMs: number, error: CallFailed): Promise<void> {
    const { clock, signal, deadline } = this.#patience;
    if (clock.monotonic() + waitMs >= deadline) throw error;
    await clock.sleep(waitMs, signal);
  }
}

type Attempt =
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "limited"; readonly waitMs: number | undefined; readonly error: CallFailed }
  /** `failed`: it was not carried out; `unclear`: nobody knows; `final`: trying again is no use. */
  | { readonly kind: "failed" | "unclear" | "final"; readonly error: CallFailed };

const raiseTimeout = "Raise the input 'timeout' if the message may be that late.";

function judge(answer: Answer & { readonly ok: false }): Attempt {
  const { code, description, retryAfterMs } = answer;
  if (code === 429) {
    const waitMs = retryAfterMs === undefined ? undefined : Math.max(retryAfterMs, 500);
    const asked = waitMs === undefined ? "" : ` and asks to wait ${formatDuration(waitMs)}`;
    const what = `Telegram allows no more messages for now${asked}`;
    return { kind: "limited", waitMs, error: new CallFailed(what, raiseTimeout, answer) };
  }
  const error = new CallFailed(`Telegram answered ${code}: ${description}`, hintFor(answer), answer);
  return { kind: code >= 500 ? "failed" : "final", error };
}

// A connection that was never there has carried nothing.
const neverSent = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
]);

function judgeError(error: unknown, timeoutMs: number): Attempt {
  if (error instanceof ForeignAnswer) {
    const hint =
      "What answered is no Bot API server: check api-url, and the proxy between the runner and Telegram.";
    // A gateway says 502 when the server is not there, and 504 when it does not answer in time.
    if (error.status >= 500)
      return { kind: "unclear", error: new CallFailed(`the answer was ${error.message}`, hint) };
    // A success that cannot be read was a success all the same, if it came from Telegram: no second message then.
    const maybe = error.status < 300 ? "; the message may have arrived" : "";
    return { kind: "final", error: new CallFailed(`the answer was ${error.message}${maybe}`, hint) };
  }
  if (error instanceof HttpTimeout) {
    const hint = "See the status of Telegram, and whether a firewall lets the runner through.";
    return { kind: "unclear", error: new CallFailed(`no answer within ${formatDuration(timeoutMs)}`, hint) };
  }
  if (error instanceof HttpBodyError) {
    return { kind: "unclear", error: new CallFailed(error.message, "Check api-url.") };
  }
  const reason = networkReason(error);
  const code = errorCode(error);
  if (code === "") throw error;
  const failure = new CallFailed(
    reason?.why ?? `the connection failed (${code})`,
    reason?.hint ?? "Check api-url and the runner's network.",
  );
  if (neverSent.has(code)) return { kind: "failed", error: failure };
  // A certificate is not right the second time either.
  const certificate = /CERT|SIGNATURE|ALTNAME/.test(code);
  return { kind: certificate ? "final" : "unclear", error: failure };
}
