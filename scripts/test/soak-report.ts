import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import type { TestOutcome } from "./outcome.ts";
import type { TestRun } from "./run.ts";

type Soak = Pick<TestRun, "outcome"> & {
  readonly date: Date;
  readonly machine: string;
  /** The report as it was before. */
  readonly before: string;
  /** Whether there still is a test file. */
  readonly isThere: (file: string) => boolean;
};

/** This machine in one line, without its name. */
export function describeMachine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  const model = cpus()[0]?.model.trim() || process.arch;
  return `${availableParallelism()} cores (${model}), ${memory} GiB, ${type()} ${release()}, Node ${process.versions.node}`;
}

const ROW = /^\| (test\/\S+) \| .*\|$/gm;

/**
 * The text of docs/soak.md: what ran, how many cases, with what result, file by file. What did not run this time keeps
 * the row of its last time: all together take hours.
 */
export function soakReport({ outcome, date, machine, before, isThere }: Soak): string {
  const day = date.toISOString().slice(0, 10);
  const rows = new Map([...before.matchAll(ROW)].map(([line, file = ""]) => [file, line]));
  for (const [file, tests] of Map.groupBy(outcome.tests, (test) => test.file))
    rows.set(file, row(file, tests, day));
  const present = [...rows].filter(([file]) => isThere(file)).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    "# The last whole run of each test",
    "",
    "Written by `npm run soak`, which runs tests with their matrices and fuzzers whole; `npm test` takes samples",
    "of them. A case is one input of a table, one generated value, or one point at which something was broken.",
    "",
    `The machine of ${day}: ${machine}.`,
    ...(outcome.otherFailures > 0 ? [`Failures outside of tests: ${outcome.otherFailures}.`] : []),
    "",
    "| file | tests | cases | result | seconds | day |",
    "| --- | ---: | ---: | --- | ---: | --- |",
    ...present.map(([, line]) => line),
    "",
  ].join("\n");
}

function row(file: string, tests: readonly TestOutcome[], day: string): string {
  const count = (state: TestOutcome["state"]) => tests.filter((test) => test.state === state).length;
  // A test that counts no cases is itself one.
  const cases = tests
    .filter((test) => test.state !== "skipped")
    .reduce((sum, test) => sum + (test.cases ?? 1), 0);
  const seconds = tests.reduce((sum, test) => sum + test.durationMs, 0) / 1_000;
  const results = (["passed", "failed", "skipped"] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`);
  return `| ${file} | ${tests.length} | ${cases} | ${results.join(", ")} | ${seconds.toFixed(1)} | ${day} |`;
}
