import * as z from "zod";
import { type Finding, severityOf, severityOfScore } from "../measures/finding.ts";
import { type Parsed, ReportFault } from "../measures/report.ts";
import { asWritten, count } from "./json.ts";

const cvss = z
  .looseObject({ base_score: z.number().nullish(), base_severity: z.string().nullish() })
  .nullish();
const severity = z.looseObject({ cvssv3: cvss, cvssv2: cvss }).nullish();

const document2 = z.looseObject({
  report_meta: z.looseObject({ packages_found: count, vulnerabilities_found: count.nullish() }),
  vulnerabilities: z.array(
    z.looseObject({
      vulnerability_id: z.string(),
      package_name: z.string(),
      analyzed_version: z.string().nullish(),
      advisory: z.string().nullish(),
      CVE: z.string().nullish(),
      severity,
      // An empty object where it is not.
      ignored: z.unknown().optional(),
    }),
  ),
});

/** `safety check --output json` of Safety 2 and 3. Most of its findings come without a severity. */
export function readSafety2(value: unknown): Parsed {
  const { report_meta, vulnerabilities } = asWritten(document2, value, "Safety");
  if (report_meta.packages_found === 0) throw noPackages();
  const findings = vulnerabilities
    .filter(({ ignored }) => ignored !== true)
    .map(
      (each): Finding => ({
        id: each.vulnerability_id,
        aliases: each.CVE ? [each.CVE] : [],
        severity: severityOfCvss(each.severity),
        category: "vulnerability",
        title: each.advisory ?? "",
        tool: "Safety",
        package: each.package_name,
        ...(each.analyzed_version ? { version: each.analyzed_version } : {}),
      }),
    );
  const declared = report_meta.vulnerabilities_found ?? 0;
  if (declared > 0 && vulnerabilities.length === 0) {
    throw new ReportFault(`counts ${declared} vulnerabilities and shows none`);
  }
  return { format: "safety", notes: [], content: { kind: "security", findings } };
}

const document3 = z.looseObject({
  meta: z.looseObject({ schema_version: z.string() }),
  scan_results: z.looseObject({
    projects: z.array(
      z.looseObject({
        files: z.array(
          z.looseObject({
            location: z.string(),
            results: z.looseObject({
              dependencies: z.array(
                z.looseObject({
                  name: z.string(),
                  specifications: z.array(
                    z.looseObject({
                      raw: z.string(),
                      vulnerabilities: z
                        .looseObject({
                          known_vulnerabilities: z.array(
                            z.looseObject({
                              id: z.string(),
                              ignored: z.unknown().optional(),
                              CVE: z.unknown().optional(),
                              severity,
                            }),
                          ),
                        })
                        .nullish(),
                    }),
                  ),
                }),
              ),
            }),
          }),
        ),
      }),
    ),
  }),
});

/** `safety scan --output json` of Safety 3 (schema 3.0): projects, their files, and what those ask for. */
export function readSafety3(value: unknown): Parsed {
  const { scan_results } = asWritten(document3, value, "Safety");
  const files = scan_results.projects.flatMap((project) => project.files);
  const specifications = files.flatMap(({ location, results }) =>
    results.dependencies.flatMap(({ name, specifications: each }) =>
      each.map((one) => ({ location, name, ...one })),
    ),
  );
  if (specifications.length === 0) throw noPackages();
  const findings = specifications.flatMap(({ location, name, raw, vulnerabilities }) =>
    (vulnerabilities?.known_vulnerabilities ?? [])
      .filter(({ ignored }) => ignored === undefined || ignored === null || ignored === false)
      .map((each): Finding => {
        const version = /==\s*([^\s;,]+)/.exec(raw)?.[1];
        return {
          id: each.id,
          aliases: typeof each.CVE === "string" ? [each.CVE] : [],
          severity: severityOfCvss(each.severity),
          ...{ category: "vulnerability", title: "", tool: "Safety", package: name, file: location },
          ...(version === undefined ? {} : { version }),
        };
      }),
  );
  return { format: "safety", notes: [], content: { kind: "security", findings } };
}

function severityOfCvss(given: z.output<typeof severity>): Finding["severity"] {
  for (const score of [given?.cvssv3, given?.cvssv2]) {
    const found = severityOf(score?.base_severity) ?? severityOfScore(score?.base_score ?? 0);
    if (found !== undefined) return found;
  }
  return undefined;
}

function noPackages(): ReportFault {
  return new ReportFault("is of a scan without a single package", "Is the requirements file right?");
}
