import type { Action, Runtime } from "../../shared/runtime/action.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { type InputSpec, inputVariable, readInputs } from "../../shared/runtime/inputs.ts";
import { createLogger } from "../../shared/runtime/logger.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";

export type Surroundings = Partial<Pick<Runtime, "clock" | "signal" | "env">> & {
  /** Called with each line of the log as it is written. */
  readonly onLine?: (line: string) => void;
};

export type InProcess = {
  readonly outcome: Outcome;
  readonly log: string;
  /** What was registered to be masked. */
  readonly masked: readonly string[];
};

/**
 * Runs an action in this process, from its inputs to its outcome, and cleans up after it. Without surroundings it has the
 * machine's clock, an empty environment, and nobody who stops it. Throws what the action throws.
 */
export async function runInProcess<Spec extends InputSpec>(
  { spec, run }: Pick<Action<Spec>, "spec" | "run">,
  inputs: Readonly<Record<string, string>>,
  {
    clock = systemClock,
    signal = new AbortController().signal,
    env = {},
    onLine = () => undefined,
  }: Surroundings = {},
): Promise<InProcess> {
  const variables = Object.entries(inputs).map(([name, value]) => [inputVariable(name), value]);
  const undos: (() => Promise<void> | void)[] = [];
  const masked: string[] = [];
  let log = "";
  const write = (text: string): void => {
    log += text;
    onLine(text);
  };
  try {
    const outcome = await run(readInputs(spec, Object.fromEntries(variables)), {
      log: createLogger({ write, clean: (text) => text }),
      ...{ clock, signal, env },
      addSecret: (value) => void masked.push(value),
      defer: (_what, undo) => void undos.push(undo),
    });
    return { outcome, log, masked };
  } finally {
    for (const undo of undos.reverse()) await undo();
  }
}

/** The mistakes that a run is refused for. */
export async function mistakes(work: Promise<unknown>): Promise<readonly UserError[]> {
  const thrown = await work.then(
    () => new Error("it was not refused"),
    (error: unknown) => error,
  );
  if (thrown instanceof UserErrors) return thrown.problems;
  if (thrown instanceof UserError) return [thrown];
  throw thrown;
}
