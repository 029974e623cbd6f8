import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import { code, heading, paragraph } from "../../../shared/runtime/summary.ts";
import type { Inputs } from "./inputs.ts";

/** What the action compares: plain data, fetched before anything is decided. */
export type Facts = Pick<Inputs, "expected" | "actual">;

/** The decision: from facts to failures, none when all is well. No I/O and no clock. */
export function judge({ expected, actual }: Facts): Failure[] {
  if (expected === actual) return [];
  const message = `Expected ${JSON.stringify(expected)} and found ${JSON.stringify(actual)}.`;
  return [{ title: "scaffold", message, hint: "Look at what was deployed last." }];
}

/** Runs the action: facts, decision, effects, report. */
export async function run(inputs: Inputs, runtime: Pick<Runtime, "log">): Promise<Outcome> {
  const failures = judge(inputs);
  const result = failures.length === 0 ? "passed" : "failed";
  runtime.log.info(`expected=${inputs.expected} actual=${inputs.actual} result=${result}`);
  return {
    result,
    failures,
    outputs: {},
    summary: [
      heading(3, `${result === "passed" ? "✅" : "❌"} scaffold: ${result}`),
      paragraph(`Expected ${code(inputs.expected)}, found ${code(inputs.actual)}.`),
    ],
    details: { expected: inputs.expected, actual: inputs.actual },
  };
}
