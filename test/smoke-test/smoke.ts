import { writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { spec } from "../../actions/smoke-test/src/inputs.ts";
import type { CheckResult, LoadResult, VersionResult } from "../../actions/smoke-test/src/result.ts";
import { run } from "../../actions/smoke-test/src/run.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { inputVariable, readInputs } from "../../shared/runtime/inputs.ts";
import { createLogger } from "../../shared/runtime/logger.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";
import { makeTempDir } from "../support/temp-dir.ts";

export type Config = Readonly<Record<string, unknown>>;

export type SmokeOptions = {
  readonly env?: Readonly<Record<string, string>>;
  /** Inputs besides `config`. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

export type Smoke = {
  readonly outcome: Outcome;
  readonly checks: readonly CheckResult[];
  readonly load: readonly LoadResult[];
  readonly version: VersionResult | undefined;
  readonly log: string;
  /** What was registered to be masked. */
  readonly secrets: readonly string[];
};

/**
 * Runs the action in this process, as far as its outcome. A config given as a value is tried once (no retries) with
 * short pauses, unless its `defaults` say otherwise; a text is taken as it is.
 */
export async function smoke(config: Config | string, options: SmokeOptions = {}): Promise<Smoke> {
  const folder = makeTempDir("smoke");
  onTestFinished(() => folder.remove());
  const file = path.join(folder.path, "smoke.yml");
  writeFileSync(file, typeof config === "string" ? config : JSON.stringify(withQuickDefaults(config)));
  return runWith({ config: file, ...options.inputs }, options);
}

/** The same without a config file. */
export async function runWith(
  inputs: Readonly<Record<string, string>>,
  { env = {}, signal = new AbortController().signal }: SmokeOptions = {},
): Promise<Smoke> {
  const variables = Object.entries({ timeout: "60s", ...inputs });
  const undos: (() => Promise<void> | void)[] = [];
  const secrets: string[] = [];
  let log = "";
  const write = (text: string) => {
    log += text;
  };
  try {
    const parsed = readInputs(
      spec,
      Object.fromEntries(variables.map(([name, value]) => [inputVariable(name), value])),
    );
    const outcome = await run(parsed, {
      log: createLogger({ write, clean: (text) => text }),
      clock: systemClock,
      signal,
      env,
      addSecret: (value) => void secrets.push(value),
      defer: (_what, undo) => void undos.push(undo),
    });
    const details = outcome.details as Pick<Smoke, "checks" | "load" | "version">;
    return { outcome, ...details, log, secrets };
  } finally {
    for (const undo of undos.reverse()) await undo();
  }
}

/** One check, in short: its status, and what was wrong. */
export function verdicts(result: Smoke): Record<string, string> {
  return Object.fromEntries(
    result.checks.map(({ name, status, problems }) => [name, [status, ...problems].join(": ")]),
  );
}

/** The mistakes that a config is refused for. */
export async function mistakes(work: Promise<unknown>): Promise<readonly UserError[]> {
  const thrown = await work.then(
    () => new Error("it was not refused"),
    (error: unknown) => error,
  );
  if (thrown instanceof UserErrors) return thrown.problems;
  if (thrown instanceof UserError) return [thrown];
  throw thrown;
}

function withQuickDefaults(config: Config): Config {
  const defaults = { retries: 0, interval: "20ms", ...(config["defaults"] as Config | undefined) };
  return { ...config, defaults };
}
