import * as z from "zod";
import type { Finding } from "../measures/finding.ts";
import type { Parsed } from "../measures/report.ts";
import { asWritten } from "./json.ts";

// Secret, Match and Message are left out on purpose: what is not read cannot be shown.
const leak = z.object({
  RuleID: z.string(),
  Description: z.string().optional(),
  StartLine: z.int(),
  File: z.string(),
  Fingerprint: z.string().optional(),
});

/** Gitleaks' JSON, format 8. It gives no severities; a secret that is out is critical. An empty list is a clean history. */
export function readGitleaks(value: unknown): Parsed {
  const leaks = asWritten(z.array(leak), value, "Gitleaks");
  const findings = leaks.map(
    ({ RuleID, Description, StartLine, File, Fingerprint }): Finding => ({
      id: RuleID,
      aliases: Fingerprint === undefined || Fingerprint === "" ? [] : [Fingerprint],
      severity: "critical",
      category: "secret",
      title: Description ?? "",
      tool: "Gitleaks",
      file: File,
      ...(StartLine > 0 ? { line: StartLine } : {}),
    }),
  );
  return { format: "gitleaks", notes: [], content: { kind: "security", findings } };
}
