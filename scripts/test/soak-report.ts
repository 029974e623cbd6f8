import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import type { TestOutcome } from "./outcome.ts";
import type { TestRun } from "./run.ts";

type Soak = Pick<TestRun, "outcome" | "durationMs"> & { readonly date: Date; readonly machine: string };

/** This machine in one line, without its name. */
export function describeMachine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  const model = cpus()[0]?.model.trim() || process.arch;
  return `${availableParallelism()} cores (${model}), ${memory} GiB, ${type()} ${release()}, Node ${process.versions.node}`;
}

/** The text of docs/soak.md: what ran, how many cases, with what result, file by file. */
export function soakReport({ outcome, durationMs, date, machine }: Soak): string {
  const files = Map.groupBy(outcome.tests, (test) => test.file);
  const rows = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, tests]) => row(file, tests));
  const total = row("**all**", outcome.tests);
  return [
    "# The last whole run",
    "",
    "Written by `npm run soak`, which runs every test with its matrices and fuzzers whole; `npm test` takes samples",
    "of them. A case is one input of a table, one generated value, or one point at which something was broken.",
    "",
    `- date: ${date.toISOString().slice(0, 10)}`,
    `- machine: ${machine}`,
    `- time: ${Math.round(durationMs / 1_000)} s`,
    ...(outcome.otherFailures > 0 ? [`- failures outside of tests: ${outcome.otherFailures}`] : []),
    "",
    "| file | tests | cases | result | seconds |",
    "| --- | ---: | ---: | --- | ---: |",
    ...rows,
    total,
    "",
  ].join("\n");
}

function row(file: string, tests: readonly TestOutcome[]): string {
  const count = (state: TestOutcome["state"]) => tests.filter((test) => test.state === state).length;
  // A test that counts no cases is itself one.
  const cases = tests
    .filter((test) => test.state !== "skipped")
    .reduce((sum, test) => sum + (test.cases ?? 1), 0);
  const seconds = tests.reduce((sum, test) => sum + test.durationMs, 0) / 1_000;
  const results = (["passed", "failed", "skipped"] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state}`);
  return `| ${file} | ${tests.length} | ${cases} | ${results.join(", ")} | ${seconds.toFixed(1)} |`;
}
