import path from "node:path";
import { onTestFinished } from "vitest";
import type { Judged } from "../../actions/schema-drift/src/apply-policy.ts";
import { spec } from "../../actions/schema-drift/src/inputs.ts";
import { run } from "../../actions/schema-drift/src/run.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { runInProcess } from "../support/in-process.ts";
import { locate } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

export type DriftRun = {
  readonly outcome: Outcome;
  readonly findings: readonly Judged[];
  /** `kind name: code severity direction`, one for each finding, sorted. */
  readonly told: readonly string[];
  readonly log: string;
};

type Options = {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** A server for scratch databases, which is quicker than one started for each run; the major to start, or 0 for none. */
  readonly scratch?: { readonly url: string } | 0 | 14 | 18;
};

// What action.yml has as defaults.
const DEFAULTS = {
  "up-to": "recorded",
  "update-baseline": "false",
  environment: "production",
  issue: "false",
  "statement-timeout": "60s",
  "lock-timeout": "5s",
  timeout: "2m",
};

/** Runs the action in this process, as far as its outcome. */
export async function drift(
  inputs: Readonly<Record<string, string>>,
  { env = {}, signal = new AbortController().signal, scratch = 18 }: Options = {},
): Promise<DriftRun> {
  const server = typeof scratch === "object" ? { "scratch-url": scratch.url } : {};
  const temp = makeTempDir("runner-temp");
  onTestFinished(() => temp.remove());
  const { outcome, log } = await runInProcess(
    { spec, run },
    { ...DEFAULTS, ...server, ...inputs },
    {
      signal,
      env: {
        RUNNER_TEMP: temp.path,
        ...(typeof scratch === "object" ? { PATH: process.env["PATH"] } : pathTo(scratch)),
        ...env,
      },
    },
  );
  const { findings = [] } = outcome.details as { readonly findings?: readonly Judged[] };
  return { outcome, findings, told: findings.map(tell).sort(), log };
}

export function tell({ kind, name, code, severity, direction }: Judged): string {
  return `${kind} ${name}: ${code} ${severity} ${direction}`;
}

/** A PATH on which the programs of one major are found, beside those of the machine. */
function pathTo(major: 0 | 14 | 18): Record<string, string> {
  if (major === 0) return { PATH: "/nowhere" };
  return { PATH: `${path.join(locate(`postgres-${major}`), "bin")}:${process.env["PATH"] ?? ""}` };
}
