import { type Format, type Parsed, ReportFault } from "../measures/report.ts";
import { coberturaReader } from "./cobertura.ts";
import { readGoCover } from "./go-cover.ts";
import { jacocoReader } from "./jacoco.ts";
import { parseJson } from "./json.ts";
import { readJsonReport } from "./json-report.ts";
import { junitReader } from "./junit.ts";
import { readLcov } from "./lcov.ts";
import { isLocust, readLocust } from "./locust.ts";
import { encodingOf, type Source, textOf } from "./source.ts";
import type { Context } from "./source-file.ts";
import { readXml, type XmlElement, type XmlReader } from "./xml.ts";

/**
 * Reads a report, whose format is found by what stands in it. `expected` is the format that the user named, if any.
 * Throws ReportFault for whatever proves nothing: no report, not whole, another format, without a sample.
 */
export async function readReport(source: Source, context: Context, expected?: Format): Promise<Parsed> {
  const parsed = await parse(source, context, expected);
  if (expected !== undefined && parsed.format !== expected) {
    throw new ReportFault(`is of the format ${parsed.format}, and ${expected} was asked for`);
  }
  refuseEmpty(parsed);
  return parsed;
}

async function parse(source: Source, context: Context, expected: Format | undefined): Promise<Parsed> {
  const head = headOf(source);
  if (head === "") throw new ReportFault("is empty", "Was the tool stopped before it wrote its report?");
  if (head.startsWith("<")) return readXml(source, (root) => xmlReader(root, context), context.signal);
  if (/^[{[]/.test(head)) return readJsonReport(parseJson(textOf(source)), context, expected);
  if (/^(?:#.*\n\s*)*(?:TN|SF):/.test(head)) return readLcov(source, context);
  if (/^mode: (?:set|count|atomic)\b/.test(head)) return readGoCover(source, context);
  if (isLocust(head)) return readLocust(source);
  throw new ReportFault("is no report that this action reads", "The README lists the formats.");
}

/** The first characters, as many as every format needs to be known. */
function headOf({ bytes }: Source): string {
  const encoding = encodingOf(bytes);
  return new TextDecoder(encoding).decode(bytes.subarray(0, 4_096)).trimStart().slice(0, 1_000);
}

function xmlReader(root: XmlElement, context: Context): XmlReader<Parsed> {
  switch (root.name) {
    case "coverage":
      if (root.attributes["clover"] === undefined && root.attributes["line-rate"] !== undefined) {
        return coberturaReader(context);
      }
      throw new ReportFault(
        "is Clover's XML or another with the root <coverage>",
        "Let the tool write Cobertura or LCOV.",
      );
    case "report":
      return jacocoReader();
    case "testsuite":
    case "testsuites":
      return junitReader(context);
    default:
      throw new ReportFault(
        "is XML of a kind that this action does not read",
        "Cobertura, JaCoCo and JUnit are.",
      );
  }
}

/** A report without a sample proves nothing: no line was measured, no test run, no request made. */
function refuseEmpty({ content }: Parsed): void {
  if (content.kind === "coverage") {
    const some = [...content.files.values()].some(({ measures }) =>
      Object.values(measures).some((tallies) => [...tallies.values()].some(([, total]) => total > 0)),
    );
    if (!some) throw new ReportFault("has not a single line to cover", "Was anything measured at all?");
  }
  if (content.kind === "tests" && content.cases.length === 0) {
    throw new ReportFault("has no test", "Does the runner find the tests?");
  }
  if (content.kind === "performance" && content.performance.requests === 0) {
    throw new ReportFault("has no request", "Nothing sent is nothing proven: did the load test start?");
  }
}
