import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { spec } from "../../actions/db-restore/src/inputs.ts";
import { run } from "../../actions/db-restore/src/run.ts";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { systemClock } from "../../shared/runtime/clock.ts";
import { Deferred } from "../../shared/runtime/deferred.ts";
import { inputVariable, readInputs } from "../../shared/runtime/inputs.ts";
import { createLogger } from "../../shared/runtime/logger.ts";
import type { Outcome } from "../../shared/runtime/outcome.ts";
import { UserError, UserErrors } from "../../shared/runtime/user-error.ts";
import type { Postgres } from "../support/postgres.ts";
import { pathWithPrograms } from "../support/postgres-programs.ts";

export type Restored = {
  /** Undefined where it failed. */
  readonly outcome: Outcome | undefined;
  readonly problems: readonly UserError[];
  readonly log: string;
  /** What could not be cleaned up. */
  readonly left: readonly string[];
};

export type RestoreOptions = {
  readonly signal?: AbortSignal;
  /** Sees every line of the log as it is written. */
  readonly onLine?: (line: string) => void;
  readonly temp?: string;
};

/** The address of a database on a test server, as its superuser. */
export function urlOf(server: Postgres, database: string): string {
  return `postgres://postgres:${server.password}@127.0.0.1:${server.port}/${encodeURIComponent(database)}`;
}

/** Runs the action in this process with action.yml's defaults, the clean-up included. Bugs are thrown. */
export async function restore(
  inputs: Readonly<Record<string, string>>,
  options: RestoreOptions = {},
): Promise<Restored> {
  const given = Object.entries({ ...defaults(), ...inputs });
  const variables = Object.fromEntries(given.map(([name, value]) => [inputVariable(name), value]));
  let log = "";
  const logger = createLogger({
    write: (text) => {
      log += text;
      options.onLine?.(text);
    },
    clean: (text) => text,
  });
  const deferred = new Deferred();
  const env = {
    PATH: pathWithPrograms(),
    ...(options.temp === undefined ? {} : { RUNNER_TEMP: options.temp }),
  };
  let outcome: Outcome | undefined;
  let problems: readonly UserError[] = [];
  try {
    outcome = await run(readInputs(spec, variables), {
      ...{ log: logger, clock: systemClock, signal: options.signal ?? new AbortController().signal, env },
      addSecret: () => undefined,
      defer: (what, undo) => deferred.add(what, undo),
    });
  } catch (error) {
    if (error instanceof UserErrors) problems = error.problems;
    else if (error instanceof UserError) problems = [error];
    else if (options.signal?.aborted !== true) throw error;
  } finally {
    await deferred.undoAll();
  }
  return { outcome, problems, log, left: deferred.left() };
}

function defaults(): Record<string, string> {
  const text = readFileSync(path.join(REPOSITORY, "actions/db-restore/action.yml"), "utf8");
  const { inputs } = parse(text) as { readonly inputs: Record<string, { readonly default?: string }> };
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.default ?? ""]));
}
