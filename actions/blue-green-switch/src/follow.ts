import { UserError } from "../../../shared/runtime/user-error.ts";
import { type AgentEvent, type End, endOf } from "./event.ts";
import type { Following, Lost } from "./following.ts";
import type { Host } from "./host.ts";

/** What a deploy waits for. */
export type Waiting = "go" | "commit";

/** One run of the agent on one host, as far as it was seen. */
export type HostRun = {
  readonly host: Host;
  readonly deploy: string;
  readonly following: Following;
  readonly events: readonly AgentEvent[];
  readonly waiting: Waiting | undefined;
  readonly end: End | undefined;
  /** Why nothing more will come, though there is no end. */
  readonly lost: Lost | undefined;
};

export type Watch = {
  readonly signal: AbortSignal;
  /** Takes each new event. */
  readonly show: (host: Host, event: AgentEvent) => void;
  /** Takes each run as it is now. */
  readonly saw: (run: HostRun) => void;
};

/** A run of which nothing was seen yet. */
export function unseen(following: Following): HostRun {
  const { host, deploy } = following;
  return { host, deploy, following, events: [], waiting: undefined, end: undefined, lost: undefined };
}

/** Whether nothing more will come. */
export function isOver({ end, lost }: HostRun): boolean {
  return end !== undefined || lost !== undefined;
}

/** Reads on until the run is over or `enough` says so. Rejects with the signal's reason. */
export async function followUntil(
  run: HostRun,
  enough: (run: HostRun) => boolean,
  watch: Watch,
): Promise<HostRun> {
  let now = run;
  while (!isOver(now) && !enough(now)) {
    now = await readOn(now, watch);
    watch.saw(now);
  }
  return now;
}

const NEWS_MS = 300;

/** Reads what has come of a run meanwhile, and does not wait for more. */
export async function catchUp(run: HostRun, watch: Watch): Promise<HostRun> {
  const soon = AbortSignal.timeout(NEWS_MS);
  let now = run;
  const following = { ...watch, signal: AbortSignal.any([watch.signal, soon]) };
  try {
    while (!isOver(now)) {
      now = await readOn(now, following);
      watch.saw(now);
    }
  } catch (error) {
    watch.signal.throwIfAborted();
    if (error !== soon.reason) throw error;
  }
  return now;
}

/** Gives a run the word that it waits for. One that cannot be told is lost. */
export async function giveWord(run: HostRun, word: "go" | "commit" | "return"): Promise<HostRun> {
  try {
    await run.host.wish(run.deploy, word);
    return { ...run, waiting: undefined };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, hint } = error;
    return { ...run, lost: { why: message.replace(/\.$/, ""), hint } };
  }
}

async function readOn(run: HostRun, { show, signal }: Watch): Promise<HostRun> {
  const { events, over, lost } = await run.following.next(signal);
  for (const event of events) show(run.host, event);
  const all = [...run.events, ...events];
  const end = events.map(endOf).find((found) => found !== undefined);
  const why = end !== undefined ? undefined : (lost ?? (over ? await run.following.whyEnded() : undefined));
  return { ...run, events: all, end, lost: why, waiting: waitingOf(all) };
}

/** It waits as long as it is in the phase in which it said so: only warnings may have come since. */
function waitingOf(events: readonly AgentEvent[]): Waiting | undefined {
  const { phase, data } = events.findLast(({ data }) => data["waiting"] !== undefined) ?? {};
  const said = data?.["waiting"];
  if (phase !== events.at(-1)?.phase) return undefined;
  return said === "go" || said === "commit" ? said : undefined;
}
