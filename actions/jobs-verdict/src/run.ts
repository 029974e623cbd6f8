import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Failure, Outcome } from "../../../shared/runtime/outcome.ts";
import { code, heading, plain, table } from "../../../shared/runtime/summary.ts";
import type { Inputs } from "./inputs.ts";
import { type Judged, judge, nothingRan } from "./verdict.ts";

/** The action: judges the jobs, and fails with each one that is not well. */
export async function run(
  inputs: Pick<Inputs, "needs" | "maySkip">,
  { log }: Pick<Runtime, "log">,
): Promise<Outcome> {
  const judged = judge(inputs.needs, inputs.maySkip);
  for (const { job, result } of judged) log.info(`job=${job} result=${result}`);
  return outcomeOf(judged);
}

function outcomeOf(judged: readonly Judged[]): Outcome {
  const failures = judged.flatMap(({ job, problem }): Failure[] =>
    problem === undefined
      ? []
      : [{ title: job, message: `The job ${job} ${problem}.`, hint: hintOf(problem) }],
  );
  if (failures.length === 0 && nothingRan(judged))
    failures.push({
      title: "jobs-verdict",
      message: "No job has run at all.",
      hint: "Ask for one, or let one decide that there is nothing to do.",
    });
  const skipped = judged.filter(
    ({ result, problem }) => result === "skipped" && problem === undefined,
  ).length;
  const ran = judged.length - skipped;
  const title =
    failures.length > 0
      ? `❌ ${failures.map(({ message }) => message).join(" ")}`
      : `✅ ${ran === 1 ? "The job that was to run has" : `All ${ran} jobs that were to run have`} passed`;
  return {
    result: failures.length === 0 ? "passed" : "failed",
    failures,
    outputs: {
      failed: judged.flatMap(({ job, problem }) => (problem === undefined ? [] : [job])).join("\n"),
    },
    summary: [
      heading(3, title),
      table({
        columns: [{ title: "Job" }, { title: "Result" }],
        rows: judged.map(({ job, result, problem }) => [
          code(job),
          plain(problem ?? (result === "skipped" ? "nothing to do" : result)),
        ]),
      }),
    ],
    details: {
      jobs: judged.map(({ job, result, problem }) => ({
        job,
        result,
        ...(problem === undefined ? {} : { problem }),
      })),
    },
  };
}

function hintOf(problem: string): string {
  if (problem === "failed") return "Open it to see why.";
  if (problem === "was cancelled") return "Run it again: what it should have found is not known.";
  return "A job is skipped when one that it needs has failed, or by its `if`. Name it in may-skip where that is meant.";
}
