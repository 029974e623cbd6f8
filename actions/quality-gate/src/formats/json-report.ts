import { type Format, type Parsed, ReportFault } from "../measures/report.ts";
import { readBandit } from "./bandit.ts";
import { readCoveragePy } from "./coverage-py.ts";
import { readGitleaks } from "./gitleaks.ts";
import { readIstanbul, readIstanbulSummary } from "./istanbul.ts";
import { isObject } from "./json.ts";
import { readK6 } from "./k6.ts";
import { readNpmAudit6, readNpmAudit7 } from "./npm-audit.ts";
import { readPipAudit } from "./pip-audit.ts";
import { readSafety2, readSafety3 } from "./safety.ts";
import { readSarif } from "./sarif.ts";
import type { Context } from "./source-file.ts";
import { readTrivy } from "./trivy.ts";

type Document = Readonly<Record<string, unknown>>;

/** Which tool has written an object, by the keys that only it writes together; the first that fits. */
const KINDS: readonly [
  test: (document: Document) => boolean,
  read: (document: Document, context: Context, expected: Format | undefined) => Parsed,
][] = [
  [({ runs, version }) => Array.isArray(runs) && typeof version === "string", readSarif],
  [
    ({ SchemaVersion, ArtifactType, ArtifactName }) =>
      SchemaVersion !== undefined && (ArtifactType ?? ArtifactName) !== undefined,
    readTrivy,
  ],
  [
    ({ results, metrics, errors }) => Array.isArray(results) && isObject(metrics) && Array.isArray(errors),
    readBandit,
  ],
  [({ report_meta }) => isObject(report_meta), readSafety2],
  [({ meta, scan_results }) => isObject(meta) && isObject(scan_results), readSafety3],
  [({ dependencies }) => Array.isArray(dependencies), readPipAudit],
  [({ auditReportVersion }) => auditReportVersion !== undefined, readNpmAudit7],
  [({ advisories, metadata }) => isObject(advisories) && isObject(metadata), readNpmAudit6],
  [({ meta, files }) => isObject(meta) && isObject(files), readCoveragePy],
  [({ metrics }) => isObject(metrics) && ("iterations" in metrics || "http_reqs" in metrics), readK6],
  [({ total }) => isObject(total) && isObject(total["lines"]), readIstanbulSummary],
  [isIstanbul, readIstanbul],
];

/** Reads a JSON report. Throws ReportFault for what no known tool writes. */
export function readJsonReport(value: unknown, context: Context, expected: Format | undefined): Parsed {
  if (Array.isArray(value)) return readList(value, expected);
  if (isObject(value)) {
    const read = KINDS.find(([test]) => test(value))?.[1];
    if (read !== undefined) return read(value, context, expected);
    if (value["error"] !== undefined) {
      throw new ReportFault(
        "is an error and no report: the tool could not do its work",
        "Look at the step that writes it.",
      );
    }
  }
  throw new ReportFault("is JSON that no known tool writes", "The README lists the formats.");
}

function readList(list: readonly unknown[], expected: Format | undefined): Parsed {
  if (list.length === 0 && expected !== "gitleaks") {
    throw new ReportFault(
      "is an empty list, and does not say which tool has found nothing",
      "Write `gitleaks: path` if it is Gitleaks' report, or let the tool write SARIF.",
    );
  }
  if (expected === "gitleaks" || list.every((each) => isObject(each) && "RuleID" in each))
    return readGitleaks(list);
  if (list.every((each) => isObject(each) && "name" in each && ("vulns" in each || "skip_reason" in each))) {
    return readPipAudit({ dependencies: list });
  }
  throw new ReportFault("is a JSON list that no known tool writes", "The README lists the formats.");
}

function isIstanbul(document: Document): boolean {
  const entries = Object.values(document);
  return entries.length > 0 && entries.every((entry) => isObject(entry) && isObject(entry["statementMap"]));
}
