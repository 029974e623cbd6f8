import * as z from "zod";
import { type Parsed, type Performance, ReportFault } from "../measures/report.ts";
import { asWritten, dictionary, isObject } from "./json.ts";

const numbers = z.record(z.string(), z.unknown());
const document = z.looseObject({ metrics: dictionary });

/**
 * k6's summary: of `--summary-export`, where the values stand in the metric itself, and of `handleSummary(data)`, where
 * they stand under `values`. Times are in milliseconds in both.
 */
export function readK6(value: unknown): Parsed {
  const { metrics } = asWritten(document, value, "k6");
  const read = (metric: string, name: string): number | undefined => {
    const found = metrics[metric];
    if (found === undefined) return undefined;
    const whole = asWritten(numbers, found, "k6");
    const number = (isObject(whole["values"]) ? whole["values"] : whole)[name];
    if (number === undefined) return undefined;
    if (typeof number !== "number" || !(number >= 0 && number < Infinity))
      throw new ReportFault(`has no number in ${metric}`);
    return number;
  };
  const requests = read("http_reqs", "count") ?? 0;
  // A rate counts how often something was so: `passes` of http_req_failed are the failed requests.
  const failures = read("http_req_failed", "passes");
  const succeeded = read("http_req_failed", "fails");
  const [passed, failed] = [read("checks", "passes"), read("checks", "fails")];
  const time = (name: string): number | undefined => read("http_req_duration", name);
  const times = given({
    avg: time("avg"),
    p50: time("med") ?? time("p(50)"),
    p90: time("p(90)"),
    p95: time("p(95)"),
    p99: time("p(99)"),
    max: time("max"),
  });
  const performance: Performance = {
    requests,
    times: requests === 0 ? {} : times,
    ...given({ rps: read("http_reqs", "rate") }),
    ...(failures === undefined || succeeded === undefined ? {} : { failures, judged: failures + succeeded }),
    ...(passed === undefined || failed === undefined ? {} : { checks: { passed, total: passed + failed } }),
  };
  return { format: "k6", notes: [], content: { kind: "performance", performance } };
}

function given<Key extends string>(
  values: Readonly<Record<Key, number | undefined>>,
): { [Name in Key]?: number } {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [Name in Key]?: number };
}
