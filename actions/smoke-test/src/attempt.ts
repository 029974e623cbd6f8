import type { Redactor } from "../../../shared/runtime/redactor.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import type { Connections, Via } from "./connections.ts";

/** How much of a server's text goes into a problem, in characters; what people read of it is shorter. */
export const LONGEST_EXAMINED = 10_000;
const LONGEST_SHOWN = 400;

/** One try at a check. It passed when there are no problems. */
export type Attempt = {
  readonly problems: readonly string[];
  /** What to do about it, where that is known. */
  readonly hint?: string;
  /** The server was not reached or did not answer: no expectation could be looked at. */
  readonly network: boolean;
  /** From the first packet to the last byte, in milliseconds. */
  readonly durationMs: number;
  /** What was seen, in a few words: "200, 1.2 kB". */
  readonly seen?: string;
  /** How long the server asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly captures?: ReadonlyMap<string, string>;
  /** The version in the answer, when that was asked for. */
  readonly version?: string;
};

/** What every probe needs besides its check. */
export type ProbeContext = {
  readonly connections: Connections;
  readonly via: Via;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Fills in `${NAME}`. */
  readonly fill: (text: string) => string;
  readonly baseUrl: string | undefined;
  /** Headers for every HTTP request, before the check's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** Knows the secrets that there are so far. */
  readonly redactor: Redactor;
  readonly clock: { readonly monotonic: () => number; readonly now: () => number };
};

/** The attempt in texts that can be shown: first without secrets, then short. Half a secret nobody would recognise. */
export function presentable(attempt: Attempt, redactor: Redactor): Attempt {
  if (attempt.problems.length === 0) return attempt;
  const problems = attempt.problems.map((text) => remoteLine(redactor.redact(text), { max: LONGEST_SHOWN }));
  return { ...attempt, problems };
}
