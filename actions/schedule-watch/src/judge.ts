/** What is known of a workflow or job that should have run. Times in milliseconds since 1970. */
export type Facts = {
  /** The file, or the file and the job. */
  readonly name: string;
  /** Since when there has to be a run; `undefined` when it was never due. */
  readonly since: number | undefined;
  /** What GitHub has the workflow as; `undefined` where it does not know it. */
  readonly state: string | undefined;
  /** When the workflow came to be what it is: nothing was due before. */
  readonly knownSince: number;
  /** Whether there is a run since then, started by the schedule where that is asked for. */
  readonly ran: boolean;
  readonly underWay: boolean;
  readonly succeeded: boolean;
};

export type Verdict = "well" | "waiting" | "late" | "failing" | "disabled" | "unknown";

/** What is the matter with a schedule. Pure. */
export function judge({ since, state, knownSince, ran, underWay, succeeded }: Facts): Verdict {
  if (state === undefined) return "unknown";
  if (state !== "active") return "disabled";
  if (since === undefined) return "waiting";
  if (ran && succeeded) return "well";
  if (knownSince > since) return "waiting";
  if (!ran) return "late";
  return underWay ? "well" : "failing";
}

/** Whether a verdict is one that somebody has to look at. */
export function isMissed(verdict: Verdict): boolean {
  return verdict !== "well" && verdict !== "waiting";
}
