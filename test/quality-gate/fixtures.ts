import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readReport } from "../../actions/quality-gate/src/formats/detect.ts";
import { mergeCoverage } from "../../actions/quality-gate/src/measures/coverage.ts";
import { mergePerformance } from "../../actions/quality-gate/src/measures/performance.ts";
import type { Format, Parsed, Report } from "../../actions/quality-gate/src/measures/report.ts";
import { countFindings } from "../../actions/quality-gate/src/measures/security.ts";
import { casesOf, countTests } from "../../actions/quality-gate/src/measures/tests.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";

export const FIXTURES = path.join(REPOSITORY, "test/fixtures/quality-gate");

/** Where the tools ran that have written the fixtures. */
export const WORKSPACE = "/home/runner/work/shop/shop";

/** The names of all reports that are whole; those that prove nothing say so with the first word of their name. */
export const REPORTS: readonly string[] = ["", "written/"]
  .flatMap((folder) => readdirSync(path.join(FIXTURES, folder)).map((name) => folder + name))
  .filter((name) => /\.(?:xml|json|info|out|csv)$/.test(name) && !/^(?:empty|error|unsupported)-/.test(name));

export function bytesOf(name: string): Uint8Array {
  return readFileSync(path.join(FIXTURES, name));
}

/** Reads a text or bytes as a report. */
export function read(content: string | Uint8Array, expected?: Format): Promise<Parsed> {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return readReport({ path: "report", bytes }, { workspace: WORKSPACE }, expected);
}

/** Reads a fixture, in the format that its tool needs to be told. */
export async function fixture(name: string): Promise<Report> {
  return { ...(await read(bytesOf(name), formatNeeded(name))), path: name };
}

export function formatNeeded(name: string): Format | undefined {
  return name === "gitleaks-clean.json" ? "gitleaks" : undefined;
}

const POLICY = { allow: [], unknownSeverity: "critical", now: 0 } as const;

/** What reports measure together, by the names of the metrics. */
export function measure(...reports: readonly Report[]): Record<string, number> {
  const tested = reports.filter(({ content }) => content.kind === "tests").map((report) => report.path);
  const measured = [
    ...mergeCoverage(reports).measured,
    ...countTests(casesOf(reports), tested),
    ...countFindings(reports, POLICY).measured,
    ...mergePerformance(reports),
  ];
  return Object.fromEntries(measured.map(([name, { value }]) => [name, value]));
}
