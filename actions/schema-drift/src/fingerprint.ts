import { createHash } from "node:crypto";
import type { Finding } from "./finding.ts";

/**
 * A text that is the same for the same findings, in whatever order they come: 32 hexadecimal digits. What is only told
 * (`info`) does not count; without anything that counts it is empty.
 */
export function fingerprintOf(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ kind, name, remarks }) =>
    remarks
      .filter(({ severity }) => severity !== "info")
      .map(({ code, property, expected, actual }) =>
        JSON.stringify([kind, name, code, property, expected, actual]),
      ),
  );
  if (lines.length === 0) return "";
  return createHash("sha256").update(lines.toSorted().join("\n")).digest("hex").slice(0, 32);
}
