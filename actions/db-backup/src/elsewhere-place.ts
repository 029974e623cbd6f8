import { type RunningProgram, startProgram } from "../../../shared/backup/program.ts";
import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { choosePrograms, NEWEST_MAJOR } from "../../../shared/postgres/choose-programs.ts";
import { programEnvironment } from "../../../shared/postgres/programs.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { SshConnection } from "../../../shared/ssh/connect.ts";
import { type Found, findPrograms } from "./elsewhere-programs.ts";
import type { Client, Place, StartOptions } from "./place.ts";
import { PSQL_ARGUMENTS, psqlSession } from "./psql-session.ts";
import { startRemote } from "./remote-program.ts";
import { quoteWord, scriptFor } from "./shell-script.ts";
import { trackedProgram } from "./tracked-program.ts";

type Options = {
  /** The machine: an SSH host, or this runner. */
  readonly hop: (() => Promise<SshConnection>) | undefined;
  /** Connects to the SSH host once more: the connection above ends when the run is told to stop. */
  readonly hopAgain: ((signal: AbortSignal) => Promise<SshConnection>) | undefined;
  readonly container: string | undefined;
  readonly pgBin: string | undefined;
  readonly allowNewer: boolean;
  readonly applicationName: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
};

// What the docker program needs of the step's environment to find its daemon.
const DOCKER = [
  "HOME",
  "DOCKER_HOST",
  "DOCKER_CONTEXT",
  "DOCKER_CONFIG",
  "DOCKER_CERT_PATH",
  "DOCKER_TLS_VERIFY",
];

/** PostgreSQL's programs on the SSH host, or in a container there or on the runner. They see the address as it is there. */
export function elsewherePlace(options: Options): Place {
  const { hop, hopAgain, container, pgBin, allowNewer, applicationName, env, signal } = options;
  const machine = hop === undefined ? "the runner" : "the SSH host";
  const where = container === undefined ? machine : `the container ${container} on ${machine}`;
  const run = async (script: string, start: StartOptions, through = hop): Promise<RunningProgram> => {
    const shell = ["sh", "-c", script];
    // Without a terminal (-t), which would turn line feeds into two characters.
    const command = container === undefined ? shell : ["docker", "exec", "-i", container, ...shell];
    if (through !== undefined) return startRemote(await through(), command.map(quoteWord).join(" "), start);
    const [program = "", ...args] = command;
    const docker = Object.fromEntries(
      DOCKER.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
    );
    return startProgram(program, args, { ...start, env: { ...programEnvironment(env), ...docker } });
  };
  const orphans = new Set<string>();
  const endOrphans = async (): Promise<void> => {
    if (orphans.size === 0) return;
    const script = `kill -TERM ${[...orphans].join(" ")} 2>/dev/null; true`;
    orphans.clear();
    const limit = AbortSignal.timeout(CLEAN_UP_MS);
    const kept = await hop?.();
    const again = kept?.isOpen() === false ? await hopAgain?.(limit) : undefined;
    const through = again === undefined ? hop : () => Promise.resolve(again);
    try {
      const program = await run(script, { stdin: "ignore", signal: limit }, through);
      program.stdout?.resume();
      await program.ended;
    } finally {
      await again?.close();
    }
  };
  let found: Promise<readonly Found[]> | undefined;
  const programs = (): Promise<readonly Found[]> => {
    found ??= findPrograms((script) => run(script, { stdin: "ignore", signal }), where, pgBin);
    return found;
  };
  const start = async (
    file: string,
    args: readonly string[],
    address: DatabaseAddress | undefined,
    started: StartOptions,
  ): Promise<RunningProgram> => {
    const { setUp, command, firstLine } = scriptFor(file, args, address, applicationName);
    const tracked = trackedProgram({ setUp, command, inContainer: container !== undefined, where });
    const running = await run(tracked.script, {
      ...started,
      stdin: firstLine === "" ? started.stdin : "pipe",
      onLine: (line) => tracked.isOurs(line) || started.onLine?.(line) === true,
    });
    const program = tracked.follow(running, started.signal, (pid) => orphans.add(pid));
    if (firstLine === "") return program;
    program.stdin?.write(firstLine);
    if (started.stdin === "ignore") program.stdin?.end();
    return program;
  };
  const client = (suite: ReturnType<typeof choosePrograms>): Client => ({
    major: suite.major,
    version: suite.program("pg_dump").version,
    joinable: hop === undefined,
    start: (name, args, address, started) => start(suite.program(name).path, args, address, started),
  });
  return {
    where,
    openSession: async (address) => {
      const [psql] = (await programs()).filter(({ name }) => name === "psql");
      if (psql === undefined) throw nothingThere(where);
      const args = [...PSQL_ARGUMENTS];
      return psqlSession(await start(psql.path, args, address, { stdin: "pipe", signal }), where);
    },
    clientFor: async ({ major, full }) =>
      client(
        choosePrograms(await programs(), {
          names: ["pg_dump", "pg_dumpall", "pg_restore"],
          ...{ major, upTo: allowNewer ? NEWEST_MAJOR : major },
          because: `on ${where}; the server is PostgreSQL ${full}`,
        }),
      ),
    failure: () => undefined,
    close: endOrphans,
  };
}

function nothingThere(where: string): UserError {
  return new UserError(`There is no psql on ${where}.`, {
    hint: "Name the container of the database itself, or set pg-bin to the directory of psql and pg_dump there.",
    where: { input: "container" },
  });
}

const CLEAN_UP_MS = 3_000;
