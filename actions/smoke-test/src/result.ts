import type { Where } from "../../../shared/runtime/user-error.ts";
import type { Percentiles } from "./percentiles.ts";

export type Status = "passed" | "failed" | "skipped";

/** What came of one check; everything the user sees is made of these. */
export type CheckResult = {
  readonly name: string;
  /** get, post, tls, postgres …, `version`, `load` or `stability`. */
  readonly kind: string;
  readonly status: Status;
  readonly where: Where;
  /** Why it failed or was skipped. */
  readonly problems: readonly string[];
  readonly hint?: string;
  readonly attempts: number;
  /** The last attempt, in milliseconds. */
  readonly durationMs: number;
  /** All attempts and the pauses between them, in milliseconds. */
  readonly totalMs: number;
  readonly seen?: string;
};

export type VersionResult = {
  readonly expected: string;
  /** Last seen at each place that was asked; `null` where nothing was. */
  readonly seen: readonly { readonly origin: string; readonly version: string | null }[];
};

export type LoadResult = { readonly name: string; readonly percentiles: Percentiles };

export type Results = {
  readonly checks: readonly CheckResult[];
  readonly version: VersionResult | undefined;
  readonly loads: readonly LoadResult[];
  readonly durationMs: number;
};

/** How many of each status. */
export function count(checks: readonly CheckResult[]): Readonly<Record<Status, number>> {
  const numbers = { passed: 0, failed: 0, skipped: 0 };
  for (const { status } of checks) numbers[status] += 1;
  return numbers;
}

/** A check that was not run, and why. */
export function skipped(name: string, kind: string, where: Where, why: string): CheckResult {
  return { name, kind, status: "skipped", where, problems: [why], attempts: 0, durationMs: 0, totalMs: 0 };
}
