import * as z from "zod";
import {
  type Category,
  type Finding,
  type Severity,
  severityOf,
  severityOfScore,
} from "../measures/finding.ts";
import { type Parsed, ReportFault } from "../measures/report.ts";
import { asWritten } from "./json.ts";
import { type Context, sourceFile } from "./source-file.ts";

const message = z.looseObject({ text: z.string().optional() });
const properties = z
  .looseObject({ "security-severity": z.union([z.string(), z.number()]).optional() })
  .optional();
const level = z.enum(["none", "note", "warning", "error"]).optional();
const index = z.int().optional();
const rule = z.looseObject({
  id: z.string(),
  name: z.string().optional(),
  shortDescription: message.optional(),
  defaultConfiguration: z.looseObject({ level }).optional(),
  properties,
});
const component = z.looseObject({ name: z.string(), rules: z.array(rule).nullish() });
const result = z.looseObject({
  ruleId: z.string().optional(),
  ruleIndex: index,
  rule: z
    .looseObject({ id: z.string().optional(), index, toolComponent: z.looseObject({ index }).optional() })
    .optional(),
  level,
  kind: z.string().optional(),
  baselineState: z.string().optional(),
  message,
  properties,
  suppressions: z.array(z.looseObject({ status: z.string().optional() })).nullish(),
  locations: z
    .array(
      z.looseObject({
        physicalLocation: z
          .looseObject({
            artifactLocation: z.looseObject({ uri: z.string().optional() }).optional(),
            region: z.looseObject({ startLine: z.int().optional() }).optional(),
          })
          .optional(),
      }),
    )
    .nullish(),
});
const run = z.looseObject({
  tool: z.looseObject({ driver: component, extensions: z.array(component).nullish() }),
  results: z.array(result).nullish(),
  invocations: z.array(z.looseObject({ executionSuccessful: z.boolean() })).nullish(),
});
const document = z.looseObject({ version: z.literal("2.1.0"), runs: z.array(run) });

type Run = z.output<typeof run>;
type Result = z.output<typeof result>;
type Rule = z.output<typeof rule>;

/** SARIF 2.1.0 (OASIS): the results of each run that stand, by the severity that GitHub would show. */
export function readSarif(value: unknown, context: Context): Parsed {
  const { runs } = asWritten(document, value, "SARIF 2.1.0");
  if (runs.length === 0) throw new ReportFault("has no run: nothing was scanned");
  const findings = runs.flatMap((each) => findingsOf(each, context));
  return { format: "sarif", notes: [], content: { kind: "security", findings } };
}

function findingsOf(each: Run, context: Context): Finding[] {
  const tool = each.tool.driver.name;
  if (each.invocations?.some(({ executionSuccessful }) => !executionSuccessful)) {
    throw new ReportFault("is of a run that says itself that it was not successful");
  }
  // Absent results mean that the run did not even try (section 3.14.23); no results are an empty list.
  if (each.results === undefined || each.results === null) throw new ReportFault("has a run without results");
  return each.results.filter(stands).map((found): Finding => {
    const known = ruleOf(each, found);
    const id = found.ruleId ?? found.rule?.id ?? known?.id ?? "unknown";
    const place = found.locations?.[0]?.physicalLocation;
    const uri = place?.artifactLocation?.uri;
    const line = place?.region?.startLine;
    return {
      id,
      aliases: known === undefined || known.id === id ? [] : [known.id],
      severity: severityIn(found, known, tool),
      category: categoryOf(id, tool),
      title: found.message.text ?? known?.shortDescription?.text ?? "",
      tool,
      ...(uri === undefined ? {} : { file: sourceFile(decoded(uri), context) }),
      ...(line === undefined || line < 1 ? {} : { line }),
    };
  });
}

// What a person has yet to decide (section 3.27.9) has no level, and is no pass.
const UNDECIDED = ["open", "review"];

/** Not what passed, what is gone since the tool's own baseline, or what somebody has suppressed for good. */
function stands({ kind = "fail", level: own, baselineState, suppressions }: Result): boolean {
  const suppressed =
    (suppressions ?? []).length > 0 &&
    (suppressions ?? []).every(({ status = "accepted" }) => status === "accepted");
  const counts = UNDECIDED.includes(kind) || (kind === "fail" && own !== "none");
  return counts && baselineState !== "absent" && !suppressed;
}

/** The rule of a result: by its index in the tool or the extension that it names, else by its id (section 3.52.4). */
function ruleOf({ tool }: Run, found: Result): Rule | undefined {
  const extension = found.rule?.toolComponent?.index;
  const rules = (extension === undefined ? tool.driver : tool.extensions?.[extension])?.rules ?? [];
  const at = found.rule?.index ?? found.ruleIndex;
  const byIndex = at === undefined ? undefined : rules[at];
  if (byIndex !== undefined) return byIndex;
  const id = found.ruleId ?? found.rule?.id ?? "";
  const all = [tool.driver, ...(tool.extensions ?? [])].flatMap((each) => each.rules ?? []);
  // A result may name a variant of a rule: CA1000/1 is of CA1000 (section 3.27.5).
  return all.find((each) => each.id === id) ?? all.find((each) => id.startsWith(`${each.id}/`));
}

/** `security-severity` as GitHub reads it, else the level, else that of the rule, else warning (section 3.27.10). */
function severityIn(found: Result, known: Rule | undefined, tool: string): Severity | undefined {
  if (/gitleaks/i.test(tool)) return "critical"; // It writes no level; a secret that is out is no warning.
  for (const given of [found.properties, known?.properties]) {
    const score = severityOfScore(Number(given?.["security-severity"] ?? Number.NaN));
    if (score !== undefined) return score;
  }
  if (UNDECIDED.includes(found.kind ?? "")) return undefined;
  const own = found.level ?? known?.defaultConfiguration?.level ?? "warning";
  return own === "none" ? "info" : severityOf(own);
}

function categoryOf(id: string, tool: string): Category {
  if (/gitleaks|trufflehog/i.test(tool)) return "secret";
  return /^(?:CVE|GHSA|PYSEC|RUSTSEC|GO|OSV)-/i.test(id) ? "vulnerability" : "code";
}

function decoded(uri: string): string {
  try {
    return decodeURI(uri);
  } catch {
    return uri;
  }
}
