import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { Finding } from "../../actions/migration-check/src/finding.ts";
import { spec } from "../../actions/migration-check/src/inputs.ts";
import type { Results } from "../../actions/migration-check/src/results.ts";
import { run } from "../../actions/migration-check/src/run.ts";
import { schemas } from "../../actions/migration-check/src/schemas.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { buildReport } from "../../shared/runtime/report.ts";
import { UserError } from "../../shared/runtime/user-error.ts";
import { runInProcess } from "../support/in-process.ts";
import { makeTempDir } from "../support/temp-dir.ts";

export type Checked = {
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
  /** `CODE revision: object`, one for each finding, sorted; without an object, `CODE revision`. */
  readonly told: readonly string[];
  readonly notChecked: readonly string[];
  readonly checked: Results["checked"];
  readonly log: string;
};

type Files = Readonly<Record<string, string>>;

// What action.yml has as defaults.
const DEFAULTS = {
  ...{
    "working-directory": ".",
    check: "last",
    rerun: "false",
    squawk: "off",
    "fail-on": "major",
    timeout: "5m",
  },
};

/** Makes a folder with these files, for the time of a test. */
export function project(files: Files): string {
  const folder = makeTempDir("project");
  onTestFinished(() => folder.remove());
  write(folder.path, files);
  return folder.path;
}

export function write(folder: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
}

/** Runs the action in this process, as far as its outcome; its report is held against the published schema. */
export async function check(
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Checked> {
  const temp = makeTempDir("runner-temp");
  onTestFinished(() => temp.remove());
  try {
    const { outcome, log } = await runInProcess(
      { spec, run },
      { ...DEFAULTS, ...inputs },
      { env: { RUNNER_TEMP: temp.path, PATH: process.env["PATH"], ...env } },
    );
    const facts = { action: "migration-check", ref: "", startedAt: 0, finishedAt: 1, left: [] };
    schemas["report.schema.json"].parse(JSON.parse(JSON.stringify(buildReport(facts, outcome))));
    const details = outcome.details as unknown as Results;
    const told = details.findings.map(
      ({ code, revision, object }) => `${code} ${revision}${object === "" ? "" : `: ${object}`}`,
    );
    return { outcome, ...details, told: told.sort(), log };
  } catch (error) {
    // What the tool said stands in the hint, which vitest would not show.
    if (error instanceof UserError) error.message += ` ${error.hint}`;
    throw error;
  }
}
