import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import type { Problem } from "./files/read-reports.ts";
import type { Report } from "./measures/report.ts";
import type { Judged, Status } from "./rules/judge.ts";

export const MARKS: Readonly<Record<Status, string>> = {
  held: "✅",
  broken: "❌",
  unanswered: "❌",
  "no-baseline": "❌",
  waived: "⚠️",
};

/** A rule and what became of it, one line. */
export function ruleLine({ rule, status, why }: Judged): string {
  return `${MARKS[status]} ${rule.text}: ${why}`;
}

/** A report that was read, with what the tool could not look at. */
export function reportLine({ path, format, content, notes }: Report): string {
  const lines = [
    `${remoteLine(path)}: ${format}, ${sampleOf(content)}`,
    ...notes.map((note) => `  ${remoteLine(note)}`),
  ];
  return lines.join("\n");
}

/** A report that proves nothing. */
export function problemLine({ message }: Problem): string {
  return `❌ ${remoteLine(message)}`;
}

/** How much a report says. */
export function sampleOf(content: Report["content"]): string {
  switch (content.kind) {
    case "coverage":
      return plural(content.files.size, "file");
    case "tests":
      return plural(content.cases.length, "test");
    case "security":
      return plural(content.findings.length, "finding");
    case "performance":
      return plural(content.performance.requests, "request");
    case "detail":
      return "details";
  }
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
