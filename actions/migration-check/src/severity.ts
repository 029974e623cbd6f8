/** From the gravest to what is only told. */
export const SEVERITIES = ["critical", "major", "minor", "info"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** What `fail-on` may be. */
export const FAIL_ON = ["critical", "major", "minor", "none"] as const;

/** Whether a finding of this severity fails the step. */
export function fails(severity: Severity, failOn: (typeof FAIL_ON)[number]): boolean {
  return failOn !== "none" && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(failOn);
}

/** For sorting: the gravest first. */
export function byGravity(one: Severity, other: Severity): number {
  return SEVERITIES.indexOf(one) - SEVERITIES.indexOf(other);
}
