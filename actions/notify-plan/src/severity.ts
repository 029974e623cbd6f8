import { ValueError } from "../../../shared/runtime/values.ts";

/** The gravest first. */
export const SEVERITIES = ["critical", "major", "minor", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Whether a text is the name of a severity. */
export function isSeverity(text: string): text is Severity {
  return (SEVERITIES as readonly string[]).includes(text);
}

/** The gravest of some, `undefined` of none. */
export function gravest(severities: readonly Severity[]): Severity | undefined {
  return SEVERITIES.find((severity) => severities.includes(severity));
}

/** Whether the one is as grave as the other, or graver. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(least);
}

/** Reads lines such as `backup = critical`. Throws a ValueError. */
export function parseSeverities(text: string): ReadonlyMap<string, Severity> {
  const found = new Map<string, Severity>();
  for (const line of linesOf(text)) {
    const [, job = "", severity = ""] = /^([\w-]+)\s*=\s*(\S+)$/.exec(line) ?? [];
    if (!isSeverity(severity))
      throw new ValueError(
        `must be lines such as \`backup = critical\`, with one of ${SEVERITIES.join(", ")}`,
      );
    if (found.has(job)) throw new ValueError(`names ${job} twice`);
    found.set(job, severity);
  }
  return found;
}

/** The lines with something on them. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
