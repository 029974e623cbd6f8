import { code, details, heading, link, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import { proof } from "./log-line.ts";
import type { Results } from "./outcome.ts";
import type { ProbeRow } from "./probe-row.ts";
import type { Scan } from "./scan.ts";
import type { SecretRow } from "./secret-row.ts";
import { byGravity, MARKS, VERDICTS } from "./verdict.ts";

// A longer table is no longer read; what is valid is folded then.
const LONGEST_TABLE = 30;

const TITLES = {
  valid: "✅ Every secret is in order",
  unknown: "❔ Not every secret could be judged",
  invalid: "❌ Secrets need attention",
} as const;

/** The job summary: the verdict, the secrets by environment, the probes, and what the workflows use. Pure. */
export function summaryOf(results: Results, result: keyof typeof TITLES, failed: boolean): string[] {
  const { secrets, probes, scan, environment, probed, durationMs } = results;
  const where = environment === undefined ? "" : ` in ${environment}`;
  const counts = VERDICTS.map(
    (verdict) => [secrets.filter((row) => row.verdict === verdict).length, verdict] as const,
  )
    .filter(([count]) => count > 0)
    .map(([count, verdict]) => `${count} ${verdict}`);
  const notes = [
    probed ? "" : " The services were not asked.",
    result === "invalid" && !failed ? " The step passes all the same, because fail-on says so." : "",
  ];
  return [
    heading(3, `${TITLES[result]}${where}`),
    paragraph(plain(`${counts.join(", ")} in ${formatDuration(durationMs)}.${notes.join("")}`)),
    ...[...groups(secrets)].flatMap(([title, rows]) => [heading(4, title), ...secretTables(rows)]),
    ...(probes.length === 0 ? [] : [heading(4, "Probes"), probeTable(probes)]),
    ...scanSections(scan),
  ];
}

/** By where they are required; what is required everywhere comes first. */
function groups(secrets: readonly SecretRow[]): Map<string, SecretRow[]> {
  const found = new Map<string, SecretRow[]>();
  for (const row of secrets.toSorted((a, b) => a.environments.length - b.environments.length)) {
    const title = row.environments.length === 0 ? "Every environment" : row.environments.join(", ");
    found.set(title, [...(found.get(title) ?? []), row]);
  }
  return found;
}

function secretTables(rows: readonly SecretRow[]): string[] {
  const sorted = rows.toSorted((a, b) => byGravity(a.verdict, b.verdict));
  if (rows.length <= LONGEST_TABLE) return [secretTable(sorted)];
  const fine = sorted.filter(({ verdict }) => verdict === "valid");
  const others = sorted.filter(({ verdict }) => verdict !== "valid");
  const folded = details(`${fine.length} valid`, secretTable(fine));
  return others.length === 0 ? [folded] : [secretTable(others), folded];
}

function secretTable(rows: readonly SecretRow[]): string {
  return table({
    columns: [
      { title: "Secret" },
      { title: "Kind" },
      { title: "Length" },
      { title: "Verdict" },
      { title: "Why" },
      { title: "How to mend it" },
    ],
    rows: rows.map((row) => [
      code(row.name),
      plain(row.kind),
      plain(row.length ?? ""),
      `${MARKS[row.verdict]} ${plain(row.verdict)}`,
      whyCell(row),
      mendCell(row),
    ]),
  });
}

function whyCell(row: SecretRow): string {
  const lines = row.remarks.map(({ why, probe }) => plain(probe === undefined ? why : `${probe}: ${why}`));
  const well = proof(row).replace(/^, /, "");
  return [...(well === "" ? [] : [plain(well)]), ...lines].join("<br>");
}

function mendCell({ verdict, remarks, command, note, link: address }: SecretRow): string {
  if (verdict === "valid" || verdict === "skipped") return "";
  const lines = [...new Set(remarks.map(({ mend }) => mend))].filter(Boolean).map(plain);
  if (verdict !== "unknown") lines.push(code(command));
  if (note !== undefined) lines.push(plain(note));
  if (address !== undefined) lines.push(link(address, address));
  return lines.join("<br>");
}

function probeTable(probes: readonly ProbeRow[]): string {
  return table({
    columns: [
      { title: "Probe" },
      { title: "Kind" },
      { title: "Verdict" },
      { title: "What was seen" },
      { title: "How to mend it" },
      { title: "Time", align: "right" },
    ],
    rows: probes.map(({ name, kind, verdict, seen, findings, durationMs }) => [
      plain(name),
      plain(kind),
      `${MARKS[verdict]} ${plain(verdict)}`,
      findings.length === 0 ? plain(seen) : findings.map(({ why }) => plain(why)).join("<br>"),
      findings.map(({ mend }) => plain(mend)).join("<br>"),
      verdict === "skipped" ? "" : plain(formatDuration(durationMs)),
    ]),
  });
}

/** What workflows use and the manifest lacks, and the reverse. */
export function scanSections(scan: Scan | undefined): string[] {
  if (scan === undefined) return [];
  const { unlisted, unused, dynamic } = scan;
  const sections = [heading(4, "Workflows and manifest")];
  if (unlisted.length > 0) {
    const rows = unlisted.map(({ name, file, line }) => [code(name), code(`${file}:${line}`)]);
    sections.push(table({ columns: [{ title: "Used, and not in the manifest" }, { title: "Where" }], rows }));
  }
  const named = unused.map((name) => code(name)).join(", ");
  if (unused.length > 0) sections.push(paragraph(`In the manifest, and named by no workflow: ${named}.`));
  if (dynamic.length > 0) {
    const files = dynamic.map((file) => code(file)).join(", ");
    sections.push(paragraph(`These hand on all secrets, and may use any: ${files}.`));
  }
  if (unlisted.length + unused.length === 0) sections.push(paragraph("They name the same secrets."));
  return sections;
}
