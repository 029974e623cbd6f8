import { writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { spec } from "../../actions/validate-secrets/src/inputs.ts";
import type { ProbeRow } from "../../actions/validate-secrets/src/probe-row.ts";
import { run } from "../../actions/validate-secrets/src/run.ts";
import type { SecretRow } from "../../actions/validate-secrets/src/secret-row.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { runInProcess } from "../support/in-process.ts";
import { makeTempDir } from "../support/temp-dir.ts";

export type Manifest = Readonly<Record<string, unknown>>;

export type CheckOptions = {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
};

export type Checked = {
  readonly outcome: Outcome;
  /** Verdicts by the name of the secret or, after `probe `, of the probe. */
  readonly verdicts: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretRow[];
  readonly probes: readonly ProbeRow[];
  readonly log: string;
  readonly masked: readonly string[];
};

// What action.yml has as defaults.
const DEFAULTS = {
  probe: "true",
  "fail-on": "missing, malformed, invalid, insufficient, expired",
  "fail-on-unknown": "false",
  init: "false",
  timeout: "1m",
};

/** Runs the action in this process, as far as its outcome, with `values` as the step's environment. */
export async function check(
  manifest: Manifest | string,
  values: Readonly<Record<string, string>>,
  { inputs = {}, env = {} }: CheckOptions = {},
): Promise<Checked> {
  const folder = makeTempDir("secrets");
  onTestFinished(() => folder.remove());
  const file = path.join(folder.path, "secrets.yml");
  writeFileSync(file, typeof manifest === "string" ? manifest : JSON.stringify(manifest));
  return checkWith({ config: file, ...inputs }, { ...env, ...values });
}

/** The same with the inputs as they are. */
export async function checkWith(
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Checked> {
  const { outcome, log, masked } = await runInProcess({ spec, run }, { ...DEFAULTS, ...inputs }, { env });
  const { secrets = [], probes = [] } = outcome.details as Partial<Pick<Checked, "secrets" | "probes">>;
  const verdicts = Object.fromEntries([
    ...secrets.map(({ name, verdict }) => [name, verdict]),
    ...probes.map(({ name, verdict }) => [`probe ${name}`, verdict]),
  ]);
  return { outcome, verdicts, secrets, probes, log, masked };
}

/** What is said of one secret. */
export function reasons({ secrets }: Checked, name: string): string {
  const row = secrets.find((each) => each.name === name);
  return row === undefined ? "no such row" : row.remarks.map(({ why }) => why).join("; ");
}
