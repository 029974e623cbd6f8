import path from "node:path";
import { databaseUrl, runScratchCommand } from "../../../shared/postgres/scratch/command.ts";
import type { ScratchDatabase } from "../../../shared/postgres/scratch/scratch.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { remoteText } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Place } from "./tool.ts";
import type { Ended } from "./trial.ts";

/** Runs the commands of a migration tool, each with a scratch database as the only address it knows. */
export type Commands = {
  /** The folder in which they run. */
  readonly folder: string;
  /** Runs a script; `variables` say which revision it is about. */
  run(place: Place, script: string, variables?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Runs a script and returns what it printed. Throws a UserError when it fails. */
  ask(place: Place, script: string, variables?: Readonly<Record<string, string>>): Promise<string>;
};

export type CommandOptions = {
  readonly folder: string;
  /** Names of variables of the step that the commands get. */
  readonly variables: readonly string[];
  /** More variables that hold the address, each with the scheme of its URL. */
  readonly urlVariables: readonly { readonly name: string; readonly scheme: string }[];
};

const SAID = 2_000;

/** The commands of a tool in its folder. */
export function commandsIn(options: CommandOptions, runtime: Runtime): Commands {
  const { env, signal, log } = runtime;
  const folder = path.resolve(options.folder);
  const start = ({ database }: Place, script: string, extra: Readonly<Record<string, string>>) =>
    runScratchCommand({
      ...{ script, database, cwd: folder, variables: options.variables, env, signal },
      extra: { ...addressVariables(database, options), ...extra },
    });
  return {
    folder,
    run: async (place, script, variables = {}) => {
      const { code, signal: killed, tail } = await start(place, script, variables);
      log.info(`$ ${script.split("\n").join("; ")}`);
      const said = remoteText(tail.trim());
      if (said !== "") log.info(said);
      if (code === 0) return { ok: true };
      return {
        ok: false,
        said: remoteText(tail.trim().slice(-SAID)) || `It ended with ${killed ?? `exit code ${code}`}.`,
      };
    },
    ask: async (place, script, variables = {}) => {
      const { code, signal: killed, stdout, tail } = await start(place, script, variables);
      if (code === 0) return stdout;
      throw new UserError(
        `A command of the migration tool failed (${killed ?? `exit code ${code}`}): ${script.split("\n", 1)[0]}`,
        {
          hint: `It knows the scratch database alone, and the variables that command-env names. The end of what it said: ${remoteText(tail.trim().slice(-1_000))}`,
          where: { input: "working-directory" },
        },
      );
    },
  };
}

/** The names under which projects read their address. All of them say the scratch database. */
function addressVariables(
  { address }: ScratchDatabase,
  { urlVariables }: CommandOptions,
): Record<string, string> {
  const { host, port, database, user, password = "" } = address;
  const parts = { HOST: host, PORT: String(port), NAME: database, USER: user, PASSWORD: password };
  return {
    ...Object.fromEntries(Object.entries(parts).map(([part, value]) => [`DB_${part}`, value])),
    ...{ POSTGRES_HOST: host, POSTGRES_PORT: String(port), POSTGRES_DB: database },
    ...{ POSTGRES_USER: user, POSTGRES_PASSWORD: password },
    ...Object.fromEntries(urlVariables.map(({ name, scheme }) => [name, databaseUrl(address, scheme)])),
  };
}

/** A word as a shell takes it literally. */
export function shellWord(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
