import type { JobResult } from "../../../shared/github/job-result.ts";
import type { Check } from "./checks.ts";
import type { Severity } from "./severity.ts";

/** What came of a check in an earlier attempt. */
export type Past = {
  readonly at: number;
  readonly result: JobResult;
  /** Whether the job that tells succeeded there: what it did not tell, it kept quiet with reason. */
  readonly told: boolean;
};

/** `unknown` where earlier runs could not be read. */
export type Transition = "new" | "changed" | "reminder" | "still" | "recovered" | "ok" | "unknown";

export type Judged = Check & {
  readonly severity: Severity;
  readonly transition: Transition;
  readonly tell: boolean;
  /** Since when it has failed without a success between. */
  readonly since: number | undefined;
};

type Circumstances = {
  readonly severities: ReadonlyMap<string, Severity>;
  readonly now: number;
  /** Milliseconds; `undefined` for never. */
  readonly remindAfter: number | undefined;
};

const HOUR = 3_600_000;

/** What a check means for people who know what was told before. `past`: newest first. Pure. */
export function judge(check: Check, past: readonly Past[] | undefined, around: Circumstances): Judged {
  const usual = around.severities.get(check.job) ?? "major";
  const fails = check.result !== "success";
  const severity = fails ? (check.severity ?? usual) : usual;
  const since = fails && past !== undefined ? failingSince(past, around.now) : undefined;
  const transition = past === undefined ? "unknown" : transitionOf(check, past, since, around);
  const quiet = ["still", "ok"].includes(transition) || (transition === "unknown" && !fails);
  return { ...check, severity, transition, tell: !quiet, since };
}

function transitionOf(
  check: Check,
  past: readonly Past[],
  since: number | undefined,
  { now, remindAfter }: Circumstances,
): Transition {
  // What nobody was told does not count: the message that was lost is sent the next time.
  const known = past.find(({ told }) => told);
  const failed = known !== undefined && known.result !== "success";
  if (check.result === "success") return failed ? "recovered" : "ok";
  if (!failed || (known.result === "cancelled" && check.result === "failure")) return "new";
  if (check.changed) return "changed";
  // What was lost may have been that it fails otherwise.
  const lost = past.slice(0, past.indexOf(known));
  if (check.changed !== undefined && lost.some(({ result }) => result !== "success")) return "reminder";
  // It may have been less grave, and told to others: nothing keeps how grave it was.
  if (check.severity === "critical" && check.changed === undefined) return "reminder";
  return isDue(known.at, now, since ?? now, remindAfter) ? "reminder" : "still";
}

/** Whether a whole number of reminder times ended between what was told last and now. Schedules come late, and early. */
function isDue(last: number, now: number, since: number, remindAfter: number | undefined): boolean {
  if (remindAfter === undefined || remindAfter === 0) return false;
  const slack = Math.min(6 * HOUR, remindAfter / 4);
  const count = (at: number): number => Math.floor((at - since + slack) / remindAfter);
  return count(now) > count(last);
}

function failingSince(past: readonly Past[], now: number): number {
  const end = past.findIndex(({ result }) => result === "success");
  return past.slice(0, end === -1 ? undefined : end).at(-1)?.at ?? now;
}

/** Whether the entries read so far, newest first, say all that {@link judge} asks of them. */
export function saysEnough(check: Check, past: readonly Past[]): boolean {
  const known = past.find(({ told }) => told);
  if (known === undefined) return false;
  return check.result === "success" || past.some(({ result }) => result === "success");
}
