import type { Failure } from "../../../shared/runtime/outcome.ts";
import {
  code,
  codeBlock,
  details,
  heading,
  paragraph,
  plain,
  table,
} from "../../../shared/runtime/summary.ts";
import { formatBytes, formatDuration } from "../../../shared/runtime/values.ts";
import type { BackUpResult } from "./back-up.ts";
import type { Results } from "./outcome.ts";
import { type Swept, sweptLines } from "./sweep.ts";
import type { Thinned } from "./thin-out.ts";

const PROVEN = {
  none: "not proven",
  archive: "read back in full, rows as in the snapshot",
  restore: "restored, and the same as the source",
} as const;

/** The job summary: the verdict, a row for each database, and how the sizes went. Pure. */
export function summaryOf(run: Results, failures: readonly Failure[]): string[] {
  const { results, thinned, swept, dryRun, durationMs } = run;
  const verdict = failures.length > 0 ? "❌ Backup failed" : dryRun ? "📝 Backup planned" : "✅ Backed up";
  const sections = [heading(3, verdict)];
  for (const { message, hint } of failures)
    sections.push(paragraph(`${plain(message)} ${plain(hint ?? "")}`));
  if (dryRun) {
    const names = results.map(({ database }) => code(database)).join(", ");
    if (results.length > 0)
      sections.push(paragraph(`A dry run: ${names} could be backed up, and nothing was changed.`));
  } else if (results.length > 0) {
    sections.push(resultTable(results), paragraph(`All of it took ${plain(formatDuration(durationMs))}.`));
    for (const result of results) {
      sections.push(details(`Where ${result.database} is`, codeBlock(result.locations.join("\n"))));
      const chart = chartOf(result);
      if (chart !== undefined) sections.push(chart);
    }
  }
  for (const each of thinned) sections.push(retentionPart(each, dryRun));
  sections.push(...swept.flatMap((each) => sweptPart(each, dryRun)));
  return sections;
}

function sweptPart(swept: Swept, dryRun: boolean): string[] {
  const lines = sweptLines(swept, dryRun);
  if (lines.length === 0) return [];
  const rows = lines.map((line) => [plain(line)]);
  return [
    details(
      `Left by killed runs: ${swept.database} at ${swept.where}`,
      table({ columns: [{ title: "" }], rows }),
    ),
  ];
}

function retentionPart({ database, where, keep, remove }: Thinned, dryRun: boolean): string {
  const verb = dryRun ? "would be deleted" : "deleted";
  const rows = [
    ...remove.map(({ location, reason, done }) => [
      done || dryRun ? verb : "not deleted",
      code(location),
      plain(reason),
    ]),
    ...keep.map(({ location, reasons }) => ["kept", code(location), plain(reasons.join(", "))]),
  ];
  const gone = remove.filter(({ done }) => done || dryRun).length;
  const title = `Retention of ${database} at ${where}: ${gone} ${verb}, ${keep.length} kept`;
  const columns = [{ title: "" }, { title: "Backup" }, { title: "Why" }];
  return rows.length === 0 ? paragraph(plain(title)) : details(title, table({ columns, rows }));
}

function resultTable(results: readonly BackUpResult[]): string {
  const right = "right" as const;
  return table({
    columns: [
      { title: "Database" },
      { title: "Proof" },
      { title: "Stored", align: right },
      { title: "Ratio", align: right },
      { title: "Tables", align: right },
      { title: "Rows", align: right },
      { title: "Dump", align: right },
      { title: "Rate", align: right },
    ],
    rows: results.map(({ database, manifest, dumpMs }) => {
      const { object, tables, rows, verification } = manifest;
      const rate = dumpMs > 0 ? (object.bytes / dumpMs) * 1_000 : 0;
      return [
        code(database),
        plain(PROVEN[verification.level]),
        plain(formatBytes(object.bytes)),
        object.archiveBytes === null ? "" : `${(object.archiveBytes / object.bytes).toFixed(1)} : 1`,
        tables.length.toLocaleString("en"),
        rows === null ? "not counted" : rows.toLocaleString("en"),
        plain(formatDuration(dumpMs)),
        plain(`${formatBytes(rate)}/s`),
      ];
    }),
  });
}

const FEWEST_BARS = 3;

/** The sizes of the last backups as a chart, once there are enough to see anything. */
function chartOf({ database, manifest, growth }: BackUpResult): string | undefined {
  const points = [...growth.earlier, { at: manifest.snapshotAt, bytes: manifest.object.bytes }];
  if (points.length < FEWEST_BARS) return undefined;
  const unit =
    Math.max(...points.map(({ bytes }) => bytes)) >= 1_000_000
      ? { name: "MB", of: 1_000_000 }
      : { name: "kB", of: 1_000 };
  const days = points.map(({ at }) => `"${at.slice(5, 16).replace("T", " ")}"`);
  const sizes = points.map(({ bytes }) => (bytes / unit.of).toFixed(2));
  const text = [
    "xychart-beta",
    `  title "Sizes of the last backups (${unit.name})"`,
    `  x-axis [${days.join(", ")}]`,
    `  y-axis "${unit.name}" 0 --> ${Math.max(0.01, Math.max(...points.map(({ bytes }) => bytes)) / unit.of).toFixed(2)}`,
    `  bar [${sizes.join(", ")}]`,
  ].join("\n");
  return details(`Sizes of the last backups of ${database}`, codeBlock(text, "mermaid"));
}
