import { readFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { spec } from "../../actions/db-backup/src/inputs.ts";
import { run } from "../../actions/db-backup/src/run.ts";
import { manifestKey } from "../../shared/backup/keys.ts";
import { type Manifest, parseManifest } from "../../shared/backup/manifest.ts";
import { type Clock, systemClock } from "../../shared/runtime/clock.ts";
import { Deferred } from "../../shared/runtime/deferred.ts";
import { inputVariable, readInputs } from "../../shared/runtime/inputs.ts";
import { createLogger } from "../../shared/runtime/logger.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";
import { pathWithPrograms } from "../support/postgres-programs.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

/** What action.yml sets when the workflow does not. */
const DEFAULTS = {
  tunnel: "true",
  "run-on": "runner",
  "allow-newer-client": "false",
  compression: "zstd",
  verify: "archive",
  "include-globals": "false",
  "include-role-passwords": "false",
  "lock-timeout": "10s",
  "allow-empty": "false",
  "s3-checksums": "when-supported",
  "s3-tries": "10",
  "dry-run": "false",
  timeout: "2m",
};

export type Options = {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly onLog?: (text: string) => void;
};

export type Ran = { readonly outcome: Outcome; readonly log: string; readonly left: readonly string[] };

/** A directory that goes with the test. */
export function folder(name = "backups"): TempDir {
  const made = makeTempDir(name);
  onTestFinished(() => made.remove());
  return made;
}

/** Runs the action in this process, as far as its outcome; what it throws is thrown. */
export async function backup(
  inputs: Readonly<Record<string, string>>,
  {
    env = {},
    signal = new AbortController().signal,
    clock = systemClock,
    onLog = () => undefined,
  }: Options = {},
): Promise<Ran> {
  const temp = folder("runner-temp");
  const deferred = new Deferred();
  let log = "";
  const given = { ...DEFAULTS, ...inputs };
  const variables = Object.entries(given).map(([name, value]) => [inputVariable(name), value]);
  try {
    const outcome = await run(readInputs(spec, Object.fromEntries(variables)), {
      log: createLogger({
        write: (text) => {
          log += text;
          onLog(text);
        },
        clean: (text) => text,
      }),
      clock,
      signal,
      env: { PATH: pathWithPrograms(), RUNNER_TEMP: temp.path, ...env },
      addSecret: () => undefined,
      defer: (what, undo) => deferred.add(what, undo),
    });
    await deferred.undoAll();
    return { outcome, log, left: deferred.left() };
  } finally {
    await deferred.undoAll();
  }
}

/** The errors of a run, as the user reads them. */
export async function failuresOf(
  running: Promise<Ran>,
): Promise<readonly { readonly message: string; readonly hint: string }[]> {
  try {
    const { outcome } = await running;
    return outcome.failures.map(({ message, hint = "" }) => ({ message, hint }));
  } catch (error) {
    if (error instanceof UserErrors) return error.problems;
    if (error instanceof UserError) return [error];
    throw error;
  }
}

/** The manifest of the run's backup in a local destination. */
export function manifestIn(destination: string, { outcome }: Ran): Manifest {
  const file = path.join(destination, manifestKey(String(outcome.outputs["file"])));
  return parseManifest(readFileSync(file, "utf8"), file);
}
