/** From the worst to the least. */
export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

export type Category = "vulnerability" | "code" | "secret" | "misconfiguration" | "license";

/** One thing that a scanner found. Its texts are as the report has them: hostile until shown by the summary's functions. */
export type Finding = {
  readonly id: string;
  /** Other names of the same thing: the CVE of a GHSA, the fingerprint of a leak. */
  readonly aliases: readonly string[];
  /** Undefined where the scanner does not say. */
  readonly severity: Severity | undefined;
  readonly category: Category;
  readonly title: string;
  readonly tool: string;
  readonly package?: string;
  readonly version?: string;
  readonly file?: string;
  readonly line?: number;
};

/** A scanner's word for a severity, undefined for one that says nothing. */
export function severityOf(word: string | null | undefined): Severity | undefined {
  switch (word?.toLowerCase()) {
    case "critical":
      return "critical";
    case "high":
    case "error":
      return "high";
    case "medium":
    case "moderate":
    case "warning":
      return "medium";
    case "low":
    case "note":
      return "low";
    case "info":
    case "informational":
    case "negligible":
      return "info";
    default:
      return undefined;
  }
}

/** A CVSS score as GitHub and the CVSS specification name it; undefined for 0, which means that nobody has scored it. */
export function severityOfScore(score: number): Severity | undefined {
  if (!(score > 0)) return undefined;
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  return score >= 4 ? "medium" : "low";
}

/**
 * What makes two findings of several reports the same one: the identifier, and where it is. Of a vulnerable package that
 * is the package and its version; the CVE stands for the names that other databases give it.
 */
export function keyOf({ id, aliases, category, title, package: name, version, file, line }: Finding): string {
  // A line may have held several secrets, one after another: to let one of them pass is not to let pass the next.
  if (category === "secret") return JSON.stringify([id, file ?? "", line ?? 0, ...aliases.toSorted()]);
  // Without a line only the text tells two findings of a rule apart.
  if (name === undefined) return JSON.stringify([id, file ?? "", line ?? title]);
  const cve = [id, ...aliases].find((each) => /^CVE-\d/i.test(each));
  return JSON.stringify([(cve ?? id).toUpperCase(), name.toLowerCase(), version ?? ""]);
}
