import * as z from "zod";
import { type Finding, severityOf } from "../measures/finding.ts";
import { type Format, type Parsed, ReportFault } from "../measures/report.ts";
import { asWritten } from "./json.ts";
import { type Context, sourceFile } from "./source-file.ts";

const lists = <T extends z.ZodType>(item: T) => z.array(item).nullish();
const text = z.string().optional();
const line = z.int().optional();

const vulnerability = z.looseObject({
  VulnerabilityID: z.string(),
  PkgName: z.string(),
  InstalledVersion: text,
  Severity: text,
  Title: text,
  VendorIDs: lists(z.string()),
});
const misconfiguration = z.looseObject({
  ID: z.string(),
  AVDID: text,
  Title: text,
  Severity: text,
  Status: text,
  CauseMetadata: z.looseObject({ StartLine: line }).optional(),
});
const secret = z.looseObject({ RuleID: z.string(), Severity: text, Title: text, StartLine: line });
const license = z.looseObject({ Severity: text, PkgName: text, Name: text, FilePath: text });

const document = z.looseObject({
  SchemaVersion: z.int(),
  Results: lists(
    z.looseObject({
      Target: z.string(),
      Vulnerabilities: lists(vulnerability),
      Misconfigurations: lists(misconfiguration),
      Secrets: lists(secret),
      Licenses: lists(license),
    }),
  ),
});

type Result = NonNullable<z.output<typeof document>["Results"]>[number];

/** `trivy --format json`, schema version 2: vulnerable packages, misconfigurations, secrets and licences. */
export function readTrivy(value: unknown, context: Context, expected: Format | undefined): Parsed {
  const { SchemaVersion, Results } = asWritten(document, value, "Trivy");
  if (SchemaVersion !== 2) {
    throw new ReportFault(`has schema version ${SchemaVersion} of Trivy, which this version does not know`);
  }
  const results = Results ?? [];
  // A scan for secrets alone that finds none looks the same as one that had nothing to look at.
  if (results.length === 0 && expected !== "trivy") {
    throw new ReportFault(
      "is of a scan that found nothing to look at",
      "Are there lock files, or packages in the image? If it looks for secrets only, write `trivy: path`.",
    );
  }
  const notes = results.length === 0 ? ["Trivy has no result at all, which is taken for a clean scan"] : [];
  const findings = results.flatMap((result) => findingsOf(result, context));
  return { format: "trivy", notes, content: { kind: "security", findings } };
}

function findingsOf(result: Result, context: Context): Finding[] {
  const file = sourceFile(result.Target, context);
  const tool = "Trivy";
  const at = (number: number | undefined) =>
    number === undefined || number < 1 ? { file } : { file, line: number };
  return [
    ...(result.Vulnerabilities ?? []).map(
      (each): Finding => ({
        id: each.VulnerabilityID,
        aliases: each.VendorIDs ?? [],
        severity: severityOf(each.Severity),
        category: "vulnerability",
        title: each.Title ?? "",
        package: each.PkgName,
        ...(each.InstalledVersion === undefined ? {} : { version: each.InstalledVersion }),
        ...{ tool, file },
      }),
    ),
    ...(result.Misconfigurations ?? [])
      .filter(({ Status }) => Status === undefined || Status === "FAIL")
      .map(
        (each): Finding => ({
          id: each.AVDID || each.ID,
          aliases: [each.ID],
          severity: severityOf(each.Severity),
          category: "misconfiguration",
          title: each.Title ?? "",
          tool,
          ...at(each.CauseMetadata?.StartLine),
        }),
      ),
    ...(result.Secrets ?? []).map(
      (each): Finding => ({
        id: each.RuleID,
        aliases: [],
        severity: severityOf(each.Severity),
        category: "secret",
        title: each.Title ?? "",
        tool,
        ...at(each.StartLine),
      }),
    ),
    ...(result.Licenses ?? []).map(
      (each): Finding => ({
        id: each.Name ?? "unknown licence",
        aliases: [],
        severity: severityOf(each.Severity),
        category: "license",
        title: `licence ${each.Name ?? "unknown"}`,
        tool,
        ...(each.PkgName ? { package: each.PkgName } : {}),
        file: each.FilePath ? sourceFile(each.FilePath, context) : file,
      }),
    ),
  ];
}
