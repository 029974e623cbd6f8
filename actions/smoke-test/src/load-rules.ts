import { formatDuration } from "../../../shared/runtime/values.ts";
import type { LoadConfig } from "./config-schema.ts";
import type { Percentiles } from "./percentiles.ts";
import { neededSamples } from "./plan-rules.ts";
import { describeThreshold, formatUnit, holds, type Threshold } from "./threshold.ts";

const FEW_ERRORS: Threshold = { operator: "<", limit: 1, unit: "percent" };
const RANKS = ["p50", "p90", "p95", "p99"] as const;

/** Which bounds a load sample breaks, and what it showed. Pure. */
export function judgeLoad(
  config: LoadConfig,
  measured: Percentiles,
  firstError: string | undefined,
): { readonly problems: readonly string[]; readonly seen: string } {
  const { expect } = config;
  const problems = RANKS.flatMap((rank) => {
    const bound = expect[rank];
    if (bound === undefined || holds(bound, measured[rank] ?? Number.NaN)) return [];
    return [`${rank}: expected ${describeThreshold(bound)}, got ${milliseconds(measured[rank])}`];
  });
  const errors = expect.errors ?? FEW_ERRORS;
  if (!holds(errors, measured.errorPercent)) {
    const example = firstError === undefined ? "" : `; the first: ${firstError}`;
    problems.push(
      `errors: expected ${describeThreshold(errors)}, got ${formatUnit(measured.errorPercent, "percent")} (${measured.errors} of ${measured.samples}${example})`,
    );
  }
  const least = config["min-samples"] ?? neededSamples(config);
  if (measured.answered < least) {
    problems.push(
      `samples: ${measured.answered} of ${measured.samples} requests were answered, fewer than the ${least} that a verdict needs`,
    );
  }
  const times = RANKS.map((rank) => `${rank} ${milliseconds(measured[rank])}`).join(", ");
  return {
    problems,
    seen: `${measured.samples} requests, ${times}, ${formatUnit(measured.errorPercent, "percent")} errors`,
  };
}

function milliseconds(value: number | null): string {
  return value === null ? "nothing" : formatDuration(value);
}
