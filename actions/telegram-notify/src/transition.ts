import type { Status, Transition } from "./status.ts";

/**
 * How a result relates to the one before it. Without an earlier run a failure is new and a success is ok; for what is
 * neither a success nor a failure there is nothing to compare.
 */
export function transitionOf(
  status: Status,
  earlier: { readonly succeeded: boolean } | undefined,
): Transition | undefined {
  const failedBefore = earlier?.succeeded === false;
  if (status === "failure" || status === "rolled-back") return failedBefore ? "still" : "new";
  if (status === "success") return failedBefore ? "recovered" : "ok";
  return undefined;
}

export const NOTIFY_ON = ["always", "failure", "change"] as const;

export type NotifyOn = (typeof NOTIFY_ON)[number];

/** Whether a message is worth sending. What cannot be compared counts as a change: better a message too many. */
export function isWorthTelling(
  notifyOn: NotifyOn,
  status: Status,
  transition: Transition | undefined,
): boolean {
  if (notifyOn === "always") return true;
  const failed = status === "failure" || status === "rolled-back";
  if (notifyOn === "failure") return failed;
  return (failed || status === "success") && transition !== "still" && transition !== "ok";
}
