import type { Failure } from "../../../shared/runtime/outcome.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { type HostRun, isOver } from "./follow.ts";

export const RESULTS = [
  "deployed",
  "aborted",
  "rolled-back",
  "unchanged",
  "held",
  "planned",
  "reported",
] as const;
export type Result = (typeof RESULTS)[number] | "error";

const BUG = "It is a bug of the agent. The operation repair brings the host in order.";

const BLAMED = "The new release is marked as bad: deploy a mended one, or use force.";

/** The hints to the agent's exit status; what happened, the agent says itself. */
const HINTS: Readonly<Record<number, string>> = {
  10: "Nothing was switched. The log above shows what was said.",
  20: "The release itself is not blamed: deploy it again when the reason is gone.",
  21: "Look at the host at once: the router was set back, but the old release does not prove itself.",
  22: "The new release serves and is bad: deploy a mended one, or roll back once the database allows it.",
  30: "Nothing was changed. Look which colour is right; then set the router, or use force.",
  40: "Look at the host at once: nothing proves itself there.",
  50: "Free disk space or mend the rights on the host, then run the operation repair.",
  64: "The config and the version of the action do not fit together.",
  75: "Wait for it, or set lock-wait. The operation status shows who it is.",
};

/** What came of one host: the failure, if it is one. */
export function failureOf(run: HostRun): Failure | undefined {
  const title = `blue-green-switch: ${run.host.name}`;
  if (run.lost !== undefined) {
    const { why, hint } = run.lost;
    return { title, message: `${run.host.name}: ${why}.`, hint };
  }
  if (run.end === undefined || run.end.code === 0) return undefined;
  const hint = run.end.blamed && run.end.code === 20 ? BLAMED : (HINTS[run.end.code] ?? BUG);
  return { title, message: `${run.host.name}: ${remoteLine(run.end.text, { max: 1000 })}`, hint };
}

const WORST = ["error", "rolled-back", "aborted", "held", "deployed", "unchanged"] as const;

/** The verdict over all hosts: the worst of theirs. */
export function resultOf(runs: readonly HostRun[]): Result {
  const results = new Set(runs.map(resultOfOne));
  return WORST.find((result) => results.has(result)) ?? "error";
}

function resultOfOne(run: HostRun): (typeof WORST)[number] {
  if (!isOver(run)) return run.waiting === "go" ? "held" : "error";
  // Another run holds the lock: nothing was begun.
  const said = run.end?.result === "busy" ? "aborted" : run.end?.result;
  return WORST.find((result) => result === said) ?? "error";
}
