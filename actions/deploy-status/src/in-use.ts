import {
  beforeLive,
  type Entry,
  type History,
  isUncertain,
  liveIn,
} from "../../../shared/deployments/history.ts";

/** What an environment needs: what is live by its records, what it would go back to, and what may be live all the same. */
export type InUse = {
  readonly environment: string;
  readonly live: Entry;
  /** In the order of their deployments, newest first, `live` among them. */
  readonly needed: readonly Entry[];
  readonly uncertain: boolean;
};

/** Whether older records could add nothing to {@link inUse}. Pure. */
export function isEnough(history: History): boolean {
  return liveIn(history) !== undefined && beforeLive(history) !== undefined;
}

/** What is in use by the records; `undefined` when nothing has succeeded. Pure. */
export function inUse(environment: string, history: History): InUse | undefined {
  const live = liveIn(history);
  if (live === undefined) return undefined;
  const back = beforeLive(history);
  const { entries } = history;
  // What has begun after the last success may be live, or about to be.
  const open = entries.slice(0, entries.indexOf(live)).filter(({ state }) => state === "open");
  const needed = [...open, live, ...(back === undefined ? [] : [back])];
  return { environment, live, needed, uncertain: isUncertain(history) };
}
