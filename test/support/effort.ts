import { type RunnerTestCase, TestRunner } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** How many cases the test went through, where it is one of many. */
    cases?: number;
  }
}

/**
 * How many cases a long test goes through: `sample` in `npm test`, `whole` in `npm run soak`. Called within a
 * test, the number is counted for the soak report.
 */
export function runs(sample: number, whole: number): number {
  const count = process.env["SOAK"] === "1" ? whole : sample;
  const test = TestRunner.getCurrentTest<RunnerTestCase | undefined>();
  if (test !== undefined) test.meta.cases = (test.meta.cases ?? 0) + count;
  return count;
}

/** Every one of the cases under `npm run soak`, else `sample` of them, spread evenly over the list. */
export function some<Case>(sample: number, cases: readonly Case[]): readonly Case[] {
  const count = runs(Math.min(sample, cases.length), cases.length);
  return Array.from(
    { length: count },
    (_, index) => cases[Math.floor((index * cases.length) / count)] as Case,
  );
}
