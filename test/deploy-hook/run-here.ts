import { spec } from "../../actions/deploy-hook/src/inputs.ts";
import { run } from "../../actions/deploy-hook/src/run.ts";
import { schemas } from "../../actions/deploy-hook/src/schemas.ts";
import { readManifest } from "../../scripts/runner/manifest.ts";
import { deadlineError } from "../../shared/runtime/cancellation.ts";
import type { Clock } from "../../shared/runtime/clock.ts";
import { inputVariable, readInputs } from "../../shared/runtime/inputs.ts";
import { createLogger } from "../../shared/runtime/logger.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { buildReport } from "../../shared/runtime/report.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const { inputs: declared } = await readManifest("actions/deploy-hook");
const defaults = Object.fromEntries(
  Object.entries(declared).map(([name, input]) => [name, input.default ?? ""]),
);

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
  const variables = Object.entries({ ...defaults, ...inputs });
  const read = readInputs(
    spec,
    Object.fromEntries(variables.map(([name, value]) => [inputVariable(name), value])),
  );
  const base = virtualClock();
  const clock: Clock = {
    ...base,
    sleep: async (ms, signal) => {
      if (base.slept() + ms >= read.timeout) stop.abort(deadlineError(read.timeout));
      await meanwhile?.();
      await base.sleep(ms, signal);
    },
  };
  let log = "";
  const undos: (() => Promise<void> | void)[] = [];
  const write = (text: string): void => {
    log += text;
    onLine(text);
  };
  try {
    const outcome = await run(read, {
      log: createLogger({ write, clean: (text) => text }),
      clock,
      signal: stop.signal,
      env: {},
      addSecret: () => undefined,
      defer: (_what, undo) => void undos.push(undo),
    });
    const facts = { action: "deploy-hook", ref: "", startedAt: 0, finishedAt: 0, left: [] };
    schemas["report.schema.json"].parse(JSON.parse(JSON.stringify(buildReport(facts, outcome))));
    return { ...outcome, log, slept: base.slept() };
  } finally {
    for (const undo of undos.reverse()) await undo();
  }
}
