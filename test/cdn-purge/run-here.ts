import { spec } from "../../actions/cdn-purge/src/inputs.ts";
import { run } from "../../actions/cdn-purge/src/run.ts";
import { schemas } from "../../actions/cdn-purge/src/schemas.ts";
import { readManifest } from "../../scripts/runner/manifest.ts";
import { deadlineError } from "../../shared/runtime/cancellation.ts";
import { inputVariable, readInputs } from "../../shared/runtime/inputs.ts";
import { createLogger } from "../../shared/runtime/logger.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { buildReport } from "../../shared/runtime/report.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const { inputs: declared } = await readManifest("actions/cdn-purge");
const defaults = Object.fromEntries(
  Object.entries(declared).map(([name, input]) => [name, input.default ?? ""]),
);

export type Inputs = Readonly<Record<string, string>>;

export type Here = Outcome & { readonly slept: number; readonly secrets: readonly string[] };

/**
 * Runs the action in this process, from its inputs to its outcome, on a clock that does not make anybody wait, until its
 * deadline or until `stop` aborts. The report is held to its schema.
 */
export async function runHere(inputs: Inputs, stop = new AbortController()): Promise<Here> {
  const variables = Object.entries({ ...defaults, ...inputs });
  const read = readInputs(
    spec,
    Object.fromEntries(variables.map(([name, value]) => [inputVariable(name), value])),
  );
  const base = virtualClock();
  const undos: (() => Promise<void> | void)[] = [];
  const secrets: string[] = [];
  try {
    const outcome = await run(read, {
      log: createLogger({ write: () => undefined, clean: (text) => text }),
      clock: {
        ...base,
        // The signature has the time in it, and AWS takes none that is far from its own.
        now: () => Date.now(),
        sleep: async (ms, signal) => {
          if (base.slept() + ms >= read.timeout) stop.abort(deadlineError(read.timeout));
          await base.sleep(ms, signal);
        },
      },
      signal: stop.signal,
      env: {},
      addSecret: (value) => void secrets.push(value),
      defer: (_what, undo) => void undos.push(undo),
    });
    const facts = { action: "cdn-purge", ref: "", startedAt: 0, finishedAt: 0, left: [] };
    schemas["report.schema.json"].parse(JSON.parse(JSON.stringify(buildReport(facts, outcome))));
    return { ...outcome, slept: base.slept(), secrets };
  } finally {
    for (const undo of undos.reverse()) await undo();
  }
}
