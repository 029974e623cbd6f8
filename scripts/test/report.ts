import type { Missing } from "../system/install.ts";
import { countOutcome, countsLine, neededParts, type RunOutcome, slowestLines } from "./outcome.ts";

type Report = {
  readonly lines: readonly string[];
  readonly ok: boolean;
};

/**
 * What stands below vitest's own output: the slowest tests, what did not run and how to make it run, and the
 * counts as the last line. `inCi`: a missing part is a failure, unless it stands in
 * `onAsking`.
 */
export function reportRun(
  outcome: RunOutcome,
  missing: readonly Missing[],
  inCi: boolean,
  onAsking: readonly string[] = [],
): Report {
  const counts = countOutcome(outcome, inCi, onAsking);
  const ran = counts.passed + outcome.tests.filter((test) => test.state === "failed").length;
  const lines = [
    ...section("Slowest tests", slowestLines(outcome.tests)),
    ...section("Did not run, because a part of this machine is missing", missingLines(outcome, missing)),
  ];
  if (ran === 0) lines.push("", "No test ran, which proves nothing: this counts as a failure.");
  return { lines: [...lines, "", countsLine(counts)], ok: counts.failed === 0 };
}

function missingLines(outcome: RunOutcome, missing: readonly Missing[]): string[] {
  return [...neededParts(outcome.tests)].flatMap(([name, tests]) => {
    const part = missing.find((one) => one.name === name);
    if (part === undefined) return [`  ${name}: ${tests} tests. To supply it: npm run setup -- ${name}`];
    const [reason = "", ...more] = part.reason.split("\n");
    return [
      `  ${name}: ${tests} tests. To supply it: ${part.command}`,
      ...[`not installed: ${reason}`, ...more].map((line) => `      ${line}`),
    ];
  });
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...lines];
}
