import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { code, details, heading, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import { MARKS, sampleOf } from "./log-line.ts";
import { keyOf } from "./measures/finding.ts";
import type { Counted } from "./measures/security.ts";
import { hasPassed, isFailed, type Results } from "./results.ts";
import { findMetric, type Metric } from "./rules/metric.ts";
import { formatChange, formatValue } from "./rules/quantity.ts";

// A longer table is no longer read; the report has everything.
const LONGEST_TABLE = 50;

/** The job summary: the verdict, every rule with its numbers, what is behind them, and what has changed. Pure. */
export function summaryOf(results: Results): string[] {
  const { judged, problems, title } = results;
  const passed = hasPassed(results);
  const failed = judged.filter(isFailed).length;
  const counts = [
    `${judged.length - failed} of ${judged.length} rules hold`,
    problems.length === 0
      ? ""
      : `${problems.length} ${problems.length === 1 ? "report proves" : "reports prove"} nothing`,
  ];
  return [
    heading(3, `${passed ? "✅" : "❌"} ${title} ${passed ? "passed" : "failed"}`),
    paragraph(`${plain(counts.filter(Boolean).join(", "))}.`),
    ruleTable(results),
    ...problemSection(results),
    ...allowSection(results),
    ...findingSection(results),
    ...testSection(results),
    ...fileSection(results),
    ...sizeSection(results),
    ...metricSection(results),
    ...reportSection(results),
  ];
}

function ruleTable({ judged, baseline }: Results): string {
  const right = "right" as const;
  const changes =
    baseline === undefined
      ? []
      : [
          { title: "Base", align: right },
          { title: "Change", align: right },
        ];
  return table({
    columns: [{ title: "Rule" }, { title: "Value", align: right }, ...changes, { title: "Verdict" }],
    rows: judged.map((each) => [
      `${MARKS[each.status]} ${code(each.rule.text)}`,
      each.value === undefined ? "" : plain(formatValue(each.value, each.rule.metric)),
      ...(baseline === undefined ? [] : changeCells(each.rule.metric, each.value, each.baseline)),
      plain(each.why),
    ]),
  });
}

function changeCells(metric: Metric, value: number | undefined, base: number | undefined): string[] {
  if (base === undefined) return ["", ""];
  const change = value === undefined ? "" : plain(formatChange(value - base, metric.unit));
  return [plain(formatValue(base, metric)), change];
}

function problemSection({ problems }: Results): string[] {
  if (problems.length === 0) return [];
  const rows = problems.map(({ message, hint }) => [plain(remoteLine(message, { max: 1_000 })), plain(hint)]);
  return [
    heading(4, "Reports that prove nothing"),
    limited([{ title: "What" }, { title: "What to do" }], rows),
  ];
}

function allowSection({ security: { uses } }: Results): string[] {
  if (uses.length === 0) return [];
  const rows = uses.map((use) => [
    `${use.state === "used" ? "🟡" : use.state === "expired" ? "❌" : "⚠️"} ${code(use.id)}`,
    plain(use.state === "used" ? `lets ${use.findings} pass until ${use.expires}` : STATES[use.state]),
    plain(use.expires),
    plain(use.owner),
    plain(use.reason),
  ]);
  const columns = ["Entry", "State", "Expires", "Owner", "Reason"].map((title) => ({ title }));
  return [heading(4, "Allow-list"), limited(columns, rows)];
}

const STATES = {
  unused: "lets nothing pass any more",
  expired: "has expired",
  "too-wide": "names a rule without a file",
} as const;

function findingSection({ security: { findings }, baseline }: Results): string[] {
  const known = baseline?.findings === undefined ? undefined : new Set(baseline.findings);
  const standing = findings.filter(({ allowed }) => !allowed);
  if (standing.length === 0) return [];
  const isNew = (finding: Counted): boolean => known !== undefined && !known.has(keyOf(finding));
  const rows = [...standing.filter(isNew), ...standing.filter((finding) => !isNew(finding))].map(
    (finding) => [
      `${plain(finding.severity)}${finding.unknownSeverity ? " (unknown)" : ""}${isNew(finding) ? " 🆕" : ""}`,
      code(remoteLine(finding.id, { max: 100 })),
      plain(remoteLine(`${finding.package ?? ""} ${finding.version ?? ""}`, { max: 100 })),
      placeCell(finding.file, finding.line),
      plain(remoteLine(finding.title, { max: 150 })),
      plain(remoteLine(finding.tool, { max: 60 })),
    ],
  );
  const gone = (known?.size ?? 0) - findings.filter((finding) => known?.has(keyOf(finding))).length;
  const columns = ["Severity", "Finding", "Package", "Place", "What", "Tool"].map((title) => ({ title }));
  const change =
    known === undefined
      ? []
      : [paragraph(`${standing.filter(isNew).length} new, ${gone} gone since the baseline.`)];
  return [heading(4, "Findings"), ...change, limited(columns, rows)];
}

function testSection({ cases }: Results): string[] {
  const rows = cases
    .filter(({ outcome }) => outcome === "failed")
    .map(({ suite, name, message, file, line }) => [
      plain(remoteLine(name, { max: 150 })),
      plain(remoteLine(suite, { max: 100 })),
      placeCell(file, line),
      plain(remoteLine(message ?? "", { max: 200 })),
    ]);
  if (rows.length === 0) return [];
  const columns = ["Test", "Suite", "Place", "Message"].map((title) => ({ title }));
  return [heading(4, "Failed tests"), limited(columns, rows)];
}

/** What has lost coverage since the baseline; without one, what has the most lines that never ran. */
function fileSection({ files, baseline }: Results): string[] {
  const rows = [...files].flatMap(([file, { lines }]) => {
    if (lines === undefined || lines[1] === 0) return [];
    const percent = (100 * lines[0]) / lines[1];
    const base = baseline?.files?.get(file);
    return [{ file, missed: lines[1] - lines[0], percent, lost: base === undefined ? 0 : base - percent }];
  });
  const fallen = rows.filter(({ lost }) => lost > 0).sort((a, b) => b.lost - a.lost);
  const known = baseline?.files !== undefined;
  const shown = known ? fallen : rows.filter(({ missed }) => missed > 0).sort((a, b) => b.missed - a.missed);
  if (shown.length === 0) return [];
  const right = "right" as const;
  const body = table({
    columns: [
      { title: "File" },
      { title: "Lines", align: right },
      { title: known ? "Lost" : "Not covered", align: right },
    ],
    rows: shown
      .slice(0, 20)
      .map(({ file, percent, missed, lost }) => [
        code(remoteLine(file, { max: 200 })),
        plain(formatValue(percent, { unit: "percent", better: "higher" })),
        plain(known ? formatChange(-lost, "percent") : missed.toLocaleString("en")),
      ]),
  });
  return [details(known ? "Files that lost coverage" : "Files with the most lines that never ran", body)];
}

function sizeSection({ sizes }: Results): string[] {
  if (sizes.length === 0) return [];
  const right = "right" as const;
  const bytes = (value: number): string => plain(formatValue(value, { unit: "bytes", better: "either" }));
  const rows = sizes
    .toSorted((a, b) => b.gzip - a.gzip)
    .map(({ path, raw, gzip, groups }) => [
      code(remoteLine(path, { max: 200 })),
      plain(groups.join(", ")),
      bytes(raw),
      bytes(gzip),
    ]);
  const columns = [
    { title: "File" },
    { title: "Group" },
    { title: "Raw", align: right },
    { title: "gzip", align: right },
  ];
  return [details("Sizes", limited(columns, rows))];
}

/** Everything that was measured, also what no rule is about. */
function metricSection({ measured, baseline }: Results): string[] {
  if (measured.size === 0) return [];
  const right = "right" as const;
  const changes =
    baseline === undefined
      ? []
      : [
          { title: "Base", align: right },
          { title: "Change", align: right },
        ];
  const body = table({
    columns: [{ title: "Metric" }, { title: "Value", align: right }, ...changes, { title: "From" }],
    rows: [...measured].map(([name, { value, sources }]) => {
      const metric = findMetric(name, [name.replace(/^bundle\./, "")]) ?? {
        name,
        unit: "count",
        better: "either",
      };
      const more = sources.length > 3 ? ` and ${sources.length - 3} more` : "";
      const from = `${sources.slice(0, 3).join(", ")}${more}`;
      return [
        code(name),
        plain(formatValue(value, metric)),
        ...(baseline === undefined ? [] : changeCells(metric, value, baseline.metrics.get(name))),
        plain(remoteLine(from)),
      ];
    }),
  });
  return [details("All metrics", body)];
}

function reportSection({ reports, notes }: Results): string[] {
  if (reports.length === 0) return [];
  const rows = reports.map(({ path, format, content, notes: own }) => [
    code(remoteLine(path, { max: 200 })),
    plain(format),
    plain(sampleOf(content)),
    own.map((note) => plain(remoteLine(note, { max: 200 }))).join("<br>"),
  ]);
  const columns = ["Report", "Format", "Holds", "Notes"].map((title) => ({ title }));
  const remarks = notes.map((note) => paragraph(plain(remoteLine(note))));
  return [details("Reports", [limited(columns, rows), ...remarks].join("\n\n"))];
}

function placeCell(file: string | undefined, line: number | undefined): string {
  if (file === undefined) return "";
  return code(`${remoteLine(file, { max: 200 })}${line === undefined ? "" : `:${line}`}`);
}

function limited(
  columns: Parameters<typeof table>[0]["columns"],
  rows: readonly (readonly string[])[],
): string {
  const shown = table({ columns, rows: rows.slice(0, LONGEST_TABLE) });
  const more = rows.length - LONGEST_TABLE;
  return more > 0 ? `${shown}\n\n${plain(`and ${more.toLocaleString("en")} more, see the report`)}` : shown;
}
