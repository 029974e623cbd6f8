/**
 * What can be said of a secret or a probe, the gravest first. `insufficient`: accepted, but lacks a right. `unknown`:
 * nobody who can tell was reached. `skipped`: not looked at, and it need not be.
 */
export const VERDICTS = [
  "missing",
  "malformed",
  "invalid",
  "expired",
  "insufficient",
  "unknown",
  "expiring",
  "skipped",
  "valid",
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The verdicts that `fail-on` can name. */
export const FAILING = ["missing", "malformed", "invalid", "insufficient", "expiring", "expired"] as const;
export type Failing = (typeof FAILING)[number];

export const MARKS: Readonly<Record<Verdict, string>> = {
  missing: "❌",
  malformed: "❌",
  invalid: "❌",
  expired: "❌",
  insufficient: "❌",
  unknown: "❔",
  expiring: "⚠️",
  skipped: "⏭️",
  valid: "✅",
};

/** Below zero when `a` is graver than `b`. */
export function byGravity(a: Verdict, b: Verdict): number {
  return VERDICTS.indexOf(a) - VERDICTS.indexOf(b);
}

/** The gravest of the verdicts; `valid` when there is none. */
export function gravest(verdicts: readonly Verdict[]): Verdict {
  return verdicts.toSorted(byGravity)[0] ?? "valid";
}

/** Whether a verdict says that something is wrong, as far as anybody can tell. */
export function isBad(verdict: Verdict): boolean {
  return byGravity(verdict, "unknown") < 0;
}
