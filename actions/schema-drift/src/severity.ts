/** From the gravest to what is only told. */
export const SEVERITIES = ["critical", "major", "minor", "info"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Whether `one` is at least as grave as `other`. */
export function atLeast(one: Severity, other: Severity): boolean {
  return SEVERITIES.indexOf(one) <= SEVERITIES.indexOf(other);
}

/** For sorting: the gravest first. */
export function byGravity(one: Severity, other: Severity): number {
  return SEVERITIES.indexOf(one) - SEVERITIES.indexOf(other);
}

/** The gravest of them; `undefined` for none. */
export function gravest(all: readonly Severity[]): Severity | undefined {
  return all.toSorted(byGravity)[0];
}
