import * as z from "zod";
import { type Finding, severityOf } from "../measures/finding.ts";
import { type Parsed, ReportFault } from "../measures/report.ts";
import { asWritten, count, dictionary } from "./json.ts";
import { type Context, sourceFile } from "./source-file.ts";

const document = z.looseObject({
  errors: z.array(z.looseObject({ filename: z.string(), reason: z.string() })),
  metrics: dictionary,
  results: z.array(
    z.looseObject({
      test_id: z.string(),
      issue_severity: z.string(),
      issue_text: z.string(),
      filename: z.string(),
      line_number: z.int(),
    }),
  ),
});
const totals = z.looseObject({ loc: count });

/** `bandit -f json`. A file that Bandit could not read was not scanned, and makes the report prove nothing. */
export function readBandit(value: unknown, context: Context): Parsed {
  const { errors, metrics, results } = asWritten(document, value, "Bandit");
  const [error] = errors;
  if (error !== undefined) {
    const more = errors.length > 1 ? ` and ${errors.length - 1} more` : "";
    throw new ReportFault(
      `is of a scan that could not read ${sourceFile(error.filename, context)}${more}`,
      "Is it Python of this version?",
    );
  }
  const { loc } = asWritten(totals, metrics["_totals"], "Bandit");
  if (loc === 0)
    throw new ReportFault("is of a scan without a line of code", "Is the path given to Bandit right?");
  const findings = results.map(
    (result): Finding => ({
      id: result.test_id,
      aliases: [],
      severity: severityOf(result.issue_severity),
      category: "code",
      title: result.issue_text,
      tool: "Bandit",
      file: sourceFile(result.filename, context),
      line: result.line_number,
    }),
  );
  return { format: "bandit", notes: [], content: { kind: "security", findings } };
}
