import {
  code,
  codeBlock,
  details,
  heading,
  paragraph,
  plain,
  table,
} from "../../../shared/runtime/summary.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import type { Judged } from "./apply-policy.ts";
import type { Remark } from "./finding.ts";
import type { Results } from "./results.ts";
import { SEVERITIES, type Severity } from "./severity.ts";

export const MARKS: Readonly<Record<Severity, string>> = {
  critical: "🔴",
  major: "🟠",
  minor: "🟡",
  info: "ℹ️",
};

// A longer table is no longer read; what is beyond is folded.
const LONGEST_TABLE = 50;
const MOST_DETAILS = 200;
const LONGEST_VALUE = 2_000;

/** The job summary: verdict, counts, a table by severity, and the details folded. Pure. */
export function summaryOf(results: Results): string[] {
  const { findings, environment, target, baseline, objects, durationMs } = results;
  const drift = findings.filter(({ severity }) => severity !== "info");
  const fails = findings.some((finding) => finding.fails);
  const mark = drift.length === 0 ? "✅" : fails ? "❌" : "⚠️";
  const title = drift.length === 0 ? "No schema drift" : "Schema drift";
  const sections = [
    heading(3, `${mark} ${title} in ${environment}`),
    paragraph(
      `${plain(countsInWords(findings))} ${plain(`${objects.toLocaleString("en")} objects of`)} ${code(target.database)} ${plain(`(PostgreSQL ${target.server}) compared with`)} ${code(baseline.what)} ${plain(`in ${formatDuration(durationMs)}.`)}`,
    ),
  ];
  if (drift.length > 0 && !fails) {
    sections.push(paragraph(plain(`The step passes all the same: fail-on is ${results.policy.failOn}.`)));
  }
  if (results.pending !== undefined) sections.push(pendingSection(results.pending));
  if (findings.length > 0) {
    sections.push(findingTable(findings.slice(0, LONGEST_TABLE)));
    if (findings.length > LONGEST_TABLE) {
      const rest = findings.slice(LONGEST_TABLE);
      sections.push(details(`${rest.length} more`, findingTable(rest)));
    }
    sections.push(...findings.slice(0, MOST_DETAILS).map(findingDetails));
    if (findings.length > MOST_DETAILS) {
      sections.push(
        paragraph(plain(`Details of ${findings.length - MOST_DETAILS} more are in the JSON report.`)),
      );
    }
  }
  sections.push(...asides(results));
  return sections;
}

function countsInWords(findings: readonly Judged[]): string {
  const counts = SEVERITIES.map(
    (severity) => [findings.filter((each) => each.severity === severity).length, severity] as const,
  ).filter(([count]) => count > 0);
  return counts.length === 0
    ? "No differences."
    : `${counts.map(([count, severity]) => `${count} ${severity}`).join(", ")}.`;
}

function pendingSection({ count, names }: NonNullable<Results["pending"]>): string {
  if (count === 0) return paragraph("No migration is pending.");
  const shown = names.slice(0, 10).map((name) => code(name));
  const more = count > shown.length ? ` and ${count - shown.length} more` : "";
  const list = shown.length === 0 ? "" : `: ${shown.join(", ")}${plain(more)}`;
  return paragraph(
    `${count} pending migration${count === 1 ? "" : "s"}, which ${count === 1 ? "is" : "are"} no drift${list}.`,
  );
}

function findingTable(findings: readonly Judged[]): string {
  return table({
    columns: [
      { title: "Severity" },
      { title: "Object" },
      { title: "What" },
      { title: "What it means" },
      { title: "Code" },
    ],
    rows: findings.map((finding) => [
      `${MARKS[finding.severity]} ${plain(finding.severity)}`,
      `${plain(finding.kind)} ${code(finding.name)}`,
      whatCell(finding),
      plain(finding.reason),
      code(finding.code),
    ]),
  });
}

function whatCell({ remarks, along, direction }: Judged): string {
  const lines = remarks.map((remark) =>
    remark.property === "" ? plain(direction) : `${plain(remark.property)}: ${plain(remark.direction)}`,
  );
  if (along.length > 0) lines.push(plain(`with ${along.length} other${along.length === 1 ? "" : "s"}`));
  return lines.join("<br>");
}

function findingDetails(finding: Judged): string {
  const { severity, kind, name, remarks, along, repair } = finding;
  const parts = remarks.flatMap(remarkParts);
  if (along.length > 0) {
    parts.push(
      paragraph(
        `Along with it: ${along
          .slice(0, 100)
          .map((each) => code(each))
          .join(", ")}${along.length > 100 ? " …" : ""}.`,
      ),
    );
  }
  if (repair.length > 0)
    parts.push(paragraph("To bring it back, after a review:"), codeBlock(clipped(repair.join("\n")), "sql"));
  return details(`${severity}: ${kind} ${name}`, parts.join("\n\n"));
}

function remarkParts({ property, code: remarkCode, reason, expected, actual, undecided }: Remark): string[] {
  const head = paragraph(`${code(remarkCode)} ${plain(reason)}`);
  if (property === "") return [head];
  const doubt = undecided === undefined ? [] : [paragraph(plain(`Undecided: ${undecided}`))];
  return [
    head,
    ...doubt,
    paragraph(`${plain(property)} should be`),
    codeBlock(clipped(expected)),
    paragraph("and is"),
    codeBlock(clipped(actual)),
  ];
}

function clipped(text: string): string {
  return text.length <= LONGEST_VALUE
    ? text
    : `${text.slice(0, LONGEST_VALUE).toWellFormed()}\n… (the rest is in the report)`;
}

function asides({ ignored, expired, unused, notCompared }: Results): string[] {
  const sections: string[] = [];
  if (notCompared.length > 0) {
    sections.push(
      details(
        `Not compared: ${notCompared.length}`,
        notCompared.map((each) => `- ${plain(each)}`).join("\n"),
      ),
    );
  }
  if (ignored.length > 0) {
    const rows = ignored
      .slice(0, 200)
      .map(({ kind, name, code: remarkCode, reason, until }) => [
        `${plain(kind)} ${code(name)}`,
        code(remarkCode),
        plain(reason),
        plain(until ?? ""),
      ]);
    const columns = [{ title: "Object" }, { title: "Code" }, { title: "Why" }, { title: "Until" }];
    sections.push(details(`Ignored: ${ignored.length}`, table({ columns, rows })));
  }
  if (expired.length > 0)
    sections.push(paragraph(plain(`Ignore rules that have expired: ${expired.length}.`)));
  if (unused.length > 0) {
    // Often a name that was mistyped: what it should hide is told, and only the rule's place says why.
    const rules = unused.slice(0, 20).map(({ code: ruleCode, kind, name, line }) => {
      const about = [ruleCode, kind, name].filter(Boolean).join(" ");
      return `${about} (line ${line})`;
    });
    sections.push(paragraph(plain(`Ignore rules that fit nothing: ${unused.length}. ${rules.join("; ")}`)));
  }
  return sections;
}
