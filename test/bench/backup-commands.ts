import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { inputVariable } from "../../shared/runtime/inputs.ts";
import type { Postgres } from "../support/postgres.ts";
import { programsOf } from "../support/postgres-programs.ts";
import { BENCH_MAJOR } from "./backup-database.ts";
import type { Command } from "./process-group.ts";

const SEARCH_PATH = `${programsOf(BENCH_MAJOR)}:/usr/bin:/bin`;

/** A shell's command, which finds PostgreSQL's programs and is logged in. */
export function bare({ port, password }: Postgres, script: string): Command {
  return {
    ...{ program: "bash", args: ["-c", script] },
    env: {
      ...{ PATH: SEARCH_PATH, PGHOST: "127.0.0.1", PGPORT: String(port), PGUSER: "postgres" },
      ...{ PGPASSWORD: password, PGDATABASE: "postgres" },
    },
  };
}

/** The built action as a runner starts it, start-up of Node.js and the bundle included. */
export function action(
  dist: string,
  name: string,
  home: string,
  inputs: Readonly<Record<string, string>>,
): Command {
  const given = { ...defaultsOf(path.join(dist, name, "action.yml")), ...inputs };
  const variables = Object.entries(given).map(([input, value]) => [inputVariable(input), value]);
  return {
    ...{ program: process.execPath, args: [path.join(dist, name, "index.js")] },
    env: { PATH: SEARCH_PATH, RUNNER_TEMP: home, ...Object.fromEntries(variables) },
  };
}

function defaultsOf(file: string): Record<string, string> {
  const { inputs }: { inputs: Record<string, { default?: unknown }> } = parse(readFileSync(file, "utf8"));
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { default: value }]) => [name, value === undefined ? "" : `${value}`]),
  );
}
