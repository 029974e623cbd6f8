import type { DeployRecord } from "./record.ts";

/** One record of an environment. */
export type Entry = DeployRecord & {
  readonly id: number;
  /**
   * `succeeded` when it ever was a success: GitHub adds `inactive` to that of an earlier one later. `failed` when what
   * was live before is live still, or again; `open` when nobody knows what is live since.
   */
  readonly state: "succeeded" | "failed" | "open";
};

/** The records of an environment, newest first; `complete` when there are no older ones. */
export type History = { readonly entries: readonly Entry[]; readonly complete: boolean };

/** A state as GitHub's statuses tell it, newest first. */
export function stateOf(states: readonly string[]): Entry["state"] {
  if (states.includes("success")) return "succeeded";
  // `error` is what the record ends with when the way back has failed, too.
  return states[0] === "failure" || states[0] === "inactive" ? "failed" : "open";
}

/** The newest that has succeeded: what is live, as far as the records know. */
export function liveIn({ entries }: History): Entry | undefined {
  return entries.find(({ state }) => state === "succeeded");
}

/** Whether something began after {@link liveIn}, and nobody knows how it ended. */
export function isUncertain({ entries }: History): boolean {
  const live = entries.findIndex(({ state }) => state === "succeeded");
  return entries.slice(0, live === -1 ? undefined : live).some(({ state }) => state === "open");
}

/** The newest success of a version. */
export function provenIn({ entries }: History, version: string): Entry | undefined {
  return entries.find((entry) => entry.version === version && entry.state === "succeeded");
}

/**
 * What was live before the version came that is live now. A version that was rolled back from is never the answer:
 * where the live one came by a rollback, the look goes on before its own first time.
 */
export function beforeLive({ entries }: History): Entry | undefined {
  const successes = entries.filter(({ state }) => state === "succeeded");
  const live = successes[0]?.version;
  for (let at = 0; at < successes.length; ) {
    let returned = false;
    for (; successes[at]?.version === live && at < successes.length; at++)
      returned ||= successes[at]?.operation === "rollback";
    if (!returned) return successes[at];
    while (at < successes.length && successes[at]?.version !== live) at++;
  }
  return undefined;
}

/** What a rollback without a version goes to: what was live last where that is uncertain, else what was before. */
export function rollbackTarget(history: History): Entry | undefined {
  return isUncertain(history) ? liveIn(history) : beforeLive(history);
}
