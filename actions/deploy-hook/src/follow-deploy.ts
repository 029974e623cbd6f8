import type { Clock } from "../../../shared/runtime/clock.ts";
import type { Logger } from "../../../shared/runtime/logger.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import { type Asking, ask } from "./ask.ts";
import type { Phase, Seen, StatusApi } from "./status-api.ts";

/** How a deploy ended, as far as it was seen. */
export type Followed = {
  readonly kind: "live" | "failed" | "unfinished";
  /** The last state, in the platform's word; empty when none was seen. */
  readonly status: string;
  /** A phrase about the deploy, without a full stop. */
  readonly why: string;
  readonly hint: string;
};

export type Following = Asking & {
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalMs: number;
};

type Last = { status: string; phase: Phase; trouble: (Seen & { kind: "trouble" }) | undefined };

/**
 * Asks for the state of a deploy until it has ended, or the signal says stop. Only a state that is known to be the good
 * end counts as one: an unknown one is waited for to change.
 */
export async function followDeploy(id: string, api: StatusApi, following: Following): Promise<Followed> {
  const { clock, log, signal, intervalMs } = following;
  const started = clock.monotonic();
  const last: Last = { status: "", phase: "unknown", trouble: undefined };
  const stop = log.progress(() => `${last.status || "no state yet"} after ${since(clock, started)}`);
  let troubles = 0;
  try {
    for (;;) {
      const answer = await ask(api.question(id), following);
      const seen = answer.kind === "answer" ? api.read(answer.status, answer.text) : answer;
      let pauseMs = intervalMs;
      if (seen.kind === "state") {
        troubles = 0;
        if (seen.status !== last.status) log.info(`status=${seen.status} after ${since(clock, started)}`);
        Object.assign(last, { ...seen, trouble: undefined });
        const end = endOf(seen.status, seen.phase);
        if (end !== undefined) return end;
      } else {
        if (last.trouble?.why !== seen.why) {
          log.info(`${seen.why}; asking again`);
          troubles = 0;
        }
        last.trouble = seen;
        if (++troubles > seen.patience) return unfinished(last);
        if (answer.kind === "trouble") pauseMs = Math.max(pauseMs, answer.retryAfterMs ?? 0);
      }
      await clock.sleep(pauseMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return unfinished(last);
  } finally {
    stop();
  }
}

function endOf(status: string, phase: Phase): Followed | undefined {
  if (phase === "live") return { kind: "live", status, why: `is live (${status})`, hint: "" };
  if (phase !== "failed") return undefined;
  const hint = "See the log of the deploy on the platform.";
  return { kind: "failed", status, why: `ended as ${status}`, hint };
}

function unfinished({ status, phase, trouble }: Last): Followed {
  const seen = status === "" ? "its state was never seen" : `its last state was ${status}`;
  const odd = status !== "" && phase === "unknown" ? ", which is none that is known" : "";
  const why = `was not followed to its end: ${seen}${odd}${trouble === undefined ? "" : `, and ${trouble.why}`}`;
  const hint = trouble?.hint ?? "It goes on: see the platform, or raise 'timeout'.";
  return { kind: "unfinished", status, why, hint };
}

function since(clock: Clock, started: number): string {
  return formatDuration(clock.monotonic() - started);
}
