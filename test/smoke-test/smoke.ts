import { writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { spec } from "../../actions/smoke-test/src/inputs.ts";
import type { CheckResult, LoadResult, VersionResult } from "../../actions/smoke-test/src/result.ts";
import { run } from "../../actions/smoke-test/src/run.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { runInProcess } from "../support/in-process.ts";
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
  const { outcome, log, masked } = await runInProcess(
    { spec, run },
    { timeout: "60s", ...inputs },
    { env, signal },
  );
  const details = outcome.details as Pick<Smoke, "checks" | "load" | "version">;
  return { outcome, ...details, log, secrets: masked };
}

/** One check, in short: its status, and what was wrong. */
export function verdicts(result: Smoke): Record<string, string> {
  return Object.fromEntries(
    result.checks.map(({ name, status, problems }) => [name, [status, ...problems].join(": ")]),
  );
}

function withQuickDefaults(config: Config): Config {
  const defaults = { retries: 0, interval: "20ms", ...(config["defaults"] as Config | undefined) };
  return { ...config, defaults };
}
