import { spec } from "../../actions/deploy-hook/src/inputs.ts";
import { run } from "../../actions/deploy-hook/src/run.ts";
import { schemas } from "../../actions/deploy-hook/src/schemas.ts";
import { deadlineError } from "../../shared/runtime/cancellation.ts";
import type { Clock } from "../../shared/runtime/clock.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { buildReport } from "../../shared/runtime/report.ts";
import { defaultInputs } from "../support/default-inputs.ts";
import { runInProcess } from "../support/in-process.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const defaults = await defaultInputs("deploy-hook");

export type Inputs = Readonly<Record<string, string>>;

export type Here = Outcome & {
  readonly log: string;
  /** How long it has slept, in milliseconds of its clock. */
  readonly slept: number;
};

export type Options = {
  /** Aborts when the run is to be cancelled; the deadline aborts, too. */
  readonly stop?: AbortController;
  /** Called with each line of the log. */
  readonly onLine?: (line: string) => void;
  /** What happens while the action sleeps. */
  readonly meanwhile?: () => Promise<void>;
};

/**
 * Runs the action in this process, from its inputs to its outcome, on a clock that does not make anybody wait. The report
 * is held to its schema.
 */
export async function runHere(inputs: Inputs, options: Options = {}): Promise<Here> {
  const { stop = new AbortController(), onLine = () => undefined, meanwhile } = options;
  const given = { ...defaults, ...inputs };
  const timeout = spec.timeout.parse(given["timeout"] ?? "");
  const base = virtualClock();
  const clock: Clock = {
    ...base,
    sleep: async (ms, signal) => {
      if (base.slept() + ms >= timeout) stop.abort(deadlineError(timeout));
      await meanwhile?.();
      await base.sleep(ms, signal);
    },
  };
  const { outcome, log } = await runInProcess({ spec, run }, given, { clock, signal: stop.signal, onLine });
  const facts = { action: "deploy-hook", ref: "", startedAt: 0, finishedAt: 0, left: [] };
  schemas["report.schema.json"].parse(JSON.parse(JSON.stringify(buildReport(facts, outcome))));
  return { ...outcome, log, slept: base.slept() };
}
