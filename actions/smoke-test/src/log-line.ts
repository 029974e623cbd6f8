import { formatDuration } from "../../../shared/runtime/values.ts";
import type { CheckResult, Status } from "./result.ts";

export const MARKS: Readonly<Record<Status, string>> = { passed: "✅", failed: "❌", skipped: "⏭️" };

/** A result in the log, one line. */
export function logLine({ name, status, problems, hint, attempts, durationMs, seen }: CheckResult): string {
  if (status === "skipped") return `${MARKS.skipped} ${name}: skipped, ${problems.join("; ")}`;
  const tries = attempts > 1 ? `, attempt ${attempts}` : "";
  const time = `${formatDuration(durationMs)}${tries}`;
  if (status === "passed") return `${MARKS.passed} ${name}: ${seen ?? "passed"} (${time})`;
  return `${MARKS.failed} ${name}: ${problems.join("; ")} (${time})${hint === undefined ? "" : `\n   ${hint}`}`;
}
