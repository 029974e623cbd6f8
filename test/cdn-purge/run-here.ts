import { spec } from "../../actions/cdn-purge/src/inputs.ts";
import { run } from "../../actions/cdn-purge/src/run.ts";
import { schemas } from "../../actions/cdn-purge/src/schemas.ts";
import { deadlineError } from "../../shared/runtime/cancellation.ts";
import type { Clock } from "../../shared/runtime/clock.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { buildReport } from "../../shared/runtime/report.ts";
import { defaultInputs } from "../support/default-inputs.ts";
import { runInProcess } from "../support/in-process.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const defaults = await defaultInputs("cdn-purge");

export type Inputs = Readonly<Record<string, string>>;

export type Here = Outcome & { readonly slept: number; readonly secrets: readonly string[] };

/**
 * Runs the action in this process, from its inputs to its outcome, on a clock that does not make anybody wait, until its
 * deadline or until `stop` aborts. The report is held to its schema.
 */
export async function runHere(inputs: Inputs, stop = new AbortController()): Promise<Here> {
  const given = { ...defaults, ...inputs };
  const timeout = spec.timeout.parse(given["timeout"] ?? "");
  const base = virtualClock();
  const clock: Clock = {
    ...base,
    // The signature has the time in it, and AWS takes none that is far from its own.
    now: () => Date.now(),
    sleep: async (ms, signal) => {
      if (base.slept() + ms >= timeout) stop.abort(deadlineError(timeout));
      await base.sleep(ms, signal);
    },
  };
  const { outcome, masked } = await runInProcess({ spec, run }, given, { clock, signal: stop.signal });
  const facts = { action: "cdn-purge", ref: "", startedAt: 0, finishedAt: 0, left: [] };
  schemas["report.schema.json"].parse(JSON.parse(JSON.stringify(buildReport(facts, outcome))));
  return { ...outcome, slept: base.slept(), secrets: masked };
}
