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
import type { Finding } from "./finding.ts";
import type { Results, RevisionResult } from "./results.ts";
import type { Severity } from "./severity.ts";

const MARKS: Readonly<Record<Severity, string>> = { critical: "🔴", major: "🟠", minor: "🟡", info: "ℹ️" };
const STATES = { passed: "✅", failed: "❌", "not reached": "⏭️ not reached", "no seed": "–" } as const;
// A longer table is no longer read; what is beyond is folded.
const LONGEST_TABLE = 50;

/** The job summary: verdict, findings, what was tried, and the details folded. Pure. */
export function summaryOf(results: Results): string[] {
  const { findings, checked, revisions, tool, server, durationMs, failOn } = results;
  const failing = findings.filter((each) => each.fails).length;
  const mark = failing > 0 ? "❌" : findings.length > 0 ? "⚠️" : "✅";
  const title =
    findings.length === 0
      ? checked.length === 0
        ? "No migration to check"
        : `${plural(checked.length, "migration")} can go up, down and up again`
      : `${plural(findings.length, "problem")} in the migrations`;
  const sections = [
    heading(3, `${mark} ${title}`),
    paragraph(
      plain(
        `${checked.length} of ${plural(revisions, "migration")} (${tool}) tried on ${server} in ${formatDuration(durationMs)}.`,
      ),
    ),
  ];
  if (findings.length > 0 && failing === 0)
    sections.push(paragraph(plain(`The step passes all the same: fail-on is ${failOn}.`)));
  if (findings.length > 0)
    sections.push(findingTable(findings), ...findings.slice(0, 100).flatMap(findingDetails));
  if (checked.length > 0) {
    const rest = checked.slice(LONGEST_TABLE);
    sections.push(revisionTable(checked.slice(0, LONGEST_TABLE)));
    if (rest.length > 0) sections.push(details(`${rest.length} more`, revisionTable(rest)));
  }
  const oneWay = checked.filter(({ irreversible }) => irreversible !== "");
  if (oneWay.length > 0) {
    const lines = oneWay.map(({ id, irreversible }) => `- ${code(id)} ${plain(irreversible)}`);
    sections.push(paragraph(plain("No way back, and tried upwards alone:")), lines.join("\n"));
  }
  if (results.notChecked.length > 0)
    sections.push(
      paragraph(plain("Not checked:")),
      results.notChecked.map((each) => `- ${plain(each)}`).join("\n"),
    );
  if (results.ignored.length > 0) {
    const lines = results.ignored.map(
      ({ code: name, revision, what }) => `- ${code(name)} ${plain(`${revision}: ${what}`)}`,
    );
    sections.push(details(`Ignored: ${results.ignored.length}`, lines.join("\n")));
  }
  return sections;
}

function plural(count: number, word: string): string {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}

function findingTable(findings: readonly Finding[]): string {
  return table({
    columns: [
      { title: "Severity" },
      { title: "Migration" },
      { title: "What" },
      { title: "What to do" },
      { title: "Code" },
    ],
    rows: findings
      .slice(0, LONGEST_TABLE)
      .map(({ severity, revision, what, on, hint, code: name }) => [
        `${MARKS[severity]} ${plain(severity)}`,
        code(revision),
        plain(`${what}${on === "seeded" && !what.endsWith("rows") ? " (with rows)" : ""}.`),
        plain(hint),
        code(name),
      ]),
  });
}

function findingDetails({ revision, what, differences, along, said }: Finding): string[] {
  if (differences.length === 0 && along.length === 0 && said === "") return [];
  const parts = differences.flatMap(({ property, expected, actual }) => [
    paragraph(`${plain(property)} was`),
    codeBlock(expected.slice(0, 2_000).toWellFormed()),
    paragraph("and is"),
    codeBlock(actual.slice(0, 2_000).toWellFormed()),
  ]);
  if (along.length > 0)
    parts.push(
      paragraph(
        `Along with it: ${along
          .slice(0, 50)
          .map((each) => code(each))
          .join(", ")}.`,
      ),
    );
  if (said !== "") parts.push(paragraph("What it said:"), codeBlock(said));
  return [details(`${revision}: ${what}`, parts.join("\n\n"))];
}

function revisionTable(checked: readonly RevisionResult[]): string {
  return table({
    columns: [
      { title: "Migration" },
      { title: "Empty database" },
      { title: "With rows" },
      { title: "Way back" },
      { title: "Schema after it" },
    ],
    rows: checked.map(({ id, empty, seeded, irreversible, fingerprint }) => [
      code(id),
      plain(STATES[empty]),
      plain(STATES[seeded]),
      plain(irreversible === "" ? "yes" : "none"),
      fingerprint === "" ? "" : code(fingerprint),
    ]),
  });
}
