import type { Finding, Remark } from "./finding.ts";
import { byGravity } from "./severity.ts";

/** The finding, led by the gravest of the remarks. */
export function withHead(
  finding: Omit<Finding, "code" | "severity" | "direction" | "reason" | "remarks">,
  remarks: readonly Remark[],
): Finding {
  const [head] = remarks.toSorted((a, b) => byGravity(a.severity, b.severity));
  if (head === undefined) throw new Error("a finding needs a remark");
  const { code, severity, direction, reason } = head;
  return { ...finding, code, severity, direction, reason, remarks };
}
