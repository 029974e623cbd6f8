import * as z from "zod";
import { type Finding, severityOf } from "../measures/finding.ts";
import { type Parsed, ReportFault } from "../measures/report.ts";
import { asWritten, count, dictionary, entriesAsWritten } from "./json.ts";

const advisory = z.looseObject({
  source: z.union([z.number(), z.string()]).optional(),
  name: z.string(),
  title: z.string().optional(),
  url: z.string().nullish(),
  severity: z.string(),
});
const affected = z.looseObject({ severity: z.string(), via: z.array(z.union([z.string(), advisory])) });

const document7 = z.looseObject({
  auditReportVersion: z.int(),
  vulnerabilities: dictionary,
  metadata: z.looseObject({
    vulnerabilities: z.looseObject({ total: count }),
    dependencies: z.looseObject({ total: count }),
  }),
});

/** `npm audit --json` of npm 7 and later: packages, each with its advisories or with the packages that bring them. */
export function readNpmAudit7(value: unknown): Parsed {
  const { auditReportVersion, vulnerabilities, metadata } = asWritten(document7, value, "npm audit");
  if (auditReportVersion !== 2) {
    throw new ReportFault(
      `has version ${auditReportVersion} of npm's audit report, which this version does not know`,
    );
  }
  if (metadata.dependencies.total === 0) throw noPackages();
  const findings = entriesAsWritten(affected, vulnerabilities, "npm audit").flatMap(([, { via }]) =>
    via
      .filter((each) => typeof each !== "string")
      .map(
        (each): Finding => ({
          ...identified(each.url, each.source),
          severity: severityOf(each.severity),
          ...{ category: "vulnerability", tool: "npm audit" },
          title: each.title ?? "",
          package: each.name,
        }),
      ),
  );
  if (metadata.vulnerabilities.total > 0 && findings.length === 0) {
    throw new ReportFault(`counts ${metadata.vulnerabilities.total} vulnerable packages and has no advisory`);
  }
  return { format: "npm-audit", notes: [], content: { kind: "security", findings } };
}

const document6 = z.looseObject({
  advisories: dictionary,
  metadata: z.looseObject({
    vulnerabilities: z.record(z.string(), count),
    dependencies: count.optional(),
    totalDependencies: count.optional(),
  }),
});
const advisory6 = z.looseObject({
  id: z.union([z.number(), z.string()]).optional(),
  module_name: z.string(),
  severity: z.string(),
  title: z.string(),
  url: z.string().nullish(),
  cves: z.array(z.string()).nullish(),
  github_advisory_id: z.string().nullish(),
  findings: z.array(z.looseObject({ version: z.string().optional() })).optional(),
});

/** `npm audit --json` of npm 6, which pnpm still writes: advisories by their numbers. */
export function readNpmAudit6(value: unknown): Parsed {
  const { advisories, metadata } = asWritten(document6, value, "npm audit");
  if ((metadata.totalDependencies ?? metadata.dependencies ?? 0) === 0) throw noPackages();
  const findings = entriesAsWritten(advisory6, advisories, "npm audit").map(([key, each]): Finding => {
    const { id, aliases } = identified(each.github_advisory_id ?? each.url, each.id ?? key);
    const [version] = (each.findings ?? []).flatMap((found) => found.version ?? []);
    return {
      id,
      aliases: [...aliases, ...(each.cves ?? [])],
      severity: severityOf(each.severity),
      category: "vulnerability",
      title: each.title,
      tool: "npm audit",
      package: each.module_name,
      ...(version === undefined ? {} : { version }),
    };
  });
  const counted = Object.values(metadata.vulnerabilities).reduce((sum, each) => sum + each, 0);
  if (counted > 0 && findings.length === 0)
    throw new ReportFault(`counts ${counted} vulnerabilities and has no advisory`);
  return { format: "npm-audit", notes: [], content: { kind: "security", findings } };
}

/** The GHSA of an advisory's address is what people know; npm's own number stays an alias. */
function identified(
  address: string | null | undefined,
  number: string | number | undefined,
): Pick<Finding, "id" | "aliases"> {
  const ghsa = /GHSA(?:-[a-z0-9]{4}){3}/i.exec(address ?? "")?.[0];
  const own = number === undefined ? [] : [String(number)];
  return ghsa === undefined ? { id: own[0] ?? "unknown", aliases: [] } : { id: ghsa, aliases: own };
}

function noPackages(): ReportFault {
  return new ReportFault(
    "is of an audit without a single package",
    "Is there a lock file where npm audit ran?",
  );
}
