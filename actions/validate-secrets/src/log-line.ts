import { formatDuration } from "../../../shared/runtime/values.ts";
import type { ProbeRow } from "./probe-row.ts";
import type { SecretRow } from "./secret-row.ts";
import { MARKS } from "./verdict.ts";

/** A secret in the log: one line, and one for each thing to mend. */
export function logLine(row: SecretRow): string {
  const { name, kind, verdict, remarks, length } = row;
  const size = length === undefined ? "" : `, ${length} characters`;
  const lines = remarks
    .filter(({ why }) => why !== "")
    .map(({ why, mend, probe }) => {
      const by = probe === undefined ? "" : ` (${probe})`;
      return `   ${why}${by}.${mend === "" ? "" : ` ${mend}`}`;
    });
  const bad = verdict !== "valid" && verdict !== "skipped" && verdict !== "expiring";
  return [
    `${MARKS[verdict]} ${name} (${kind}${size}): ${verdict}${proof(row)}`,
    ...lines,
    ...(bad ? [`   ${row.command}`] : []),
  ].join("\n");
}

/** How much "valid" says: proven by a service, or only well-formed. */
export function proof({ verdict, provenBy }: SecretRow): string {
  if (verdict !== "valid") return "";
  return provenBy.length === 0 ? ", by its form only" : `, proven by ${provenBy.join(", ")}`;
}

/** A probe in the log, one line. */
export function probeLogLine({ name, kind, verdict, seen, durationMs }: ProbeRow): string {
  const time = verdict === "skipped" ? "" : ` (${formatDuration(durationMs)})`;
  return `${MARKS[verdict]} probe ${name} (${kind}): ${verdict}, ${seen}${time}`;
}
