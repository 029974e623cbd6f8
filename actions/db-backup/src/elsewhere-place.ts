import { PassThrough, type Readable, type Writable } from "node:stream";
import { type RunningProgram, startProgram } from "../../../shared/backup/program.ts";
import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { choosePrograms, NEWEST_MAJOR } from "../../../shared/postgres/choose-programs.ts";
import { programEnvironment } from "../../../shared/postgres/programs.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { SshConnection } from "../../../shared/ssh/connect.ts";
import { type Found, findPrograms } from "./elsewhere-programs.ts";
import type { Client, Place, StartOptions } from "./place.ts";
import { PSQL_ARGUMENTS, psqlSession } from "./psql-session.ts";
import { quoteWord, scriptFor } from "./shell-script.ts";

type Options = {
  /** The machine: an SSH host, or this runner. */
  readonly hop: (() => Promise<SshConnection>) | undefined;
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
  const { hop, container, pgBin, allowNewer, applicationName, env, signal } = options;
  const machine = hop === undefined ? "the runner" : "the SSH host";
  const where = container === undefined ? machine : `the container ${container} on ${machine}`;
  const run = (script: string, start: StartOptions): Promise<RunningProgram> => {
    const shell = ["sh", "-c", script];
    // Without a terminal (-t), which would turn line feeds into two characters.
    const command = container === undefined ? shell : ["docker", "exec", "-i", container, ...shell];
    if (hop !== undefined) return startRemote(hop, command.map(quoteWord).join(" "), start);
    const [program = "", ...args] = command;
    const docker = Object.fromEntries(
      DOCKER.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
    );
    return Promise.resolve(
      startProgram(program, args, { ...start, env: { ...programEnvironment(env), ...docker } }),
    );
  };
  const orphans = new Set<string>();
  const endOrphans = async (): Promise<void> => {
    if (container === undefined || orphans.size === 0) return;
    const script = `kill -TERM ${[...orphans].join(" ")} 2>/dev/null; true`;
    orphans.clear();
    const program = await run(script, { stdin: "ignore", signal: AbortSignal.timeout(CLEAN_UP_MS) });
    await program.ended;
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
    const { script, firstLine } = scriptFor(file, args, address, applicationName);
    if (firstLine === "") return run(script, started);
    let pid: string | undefined;
    const program = await run(`echo ${PID}$$ >&2; ${script}`, {
      ...started,
      stdin: "pipe",
      onLine: (line) => {
        if (!line.startsWith(PID)) return started.onLine?.(line) === true;
        pid = line.slice(PID.length);
        return true;
      },
    });
    const settled = (end?: { readonly signal: string | null }): void => {
      // What was ended from outside was only the way to it: docker leaves what it has started running.
      if (pid !== undefined && /^\d+$/.test(pid) && end?.signal !== null) orphans.add(pid);
    };
    program.ended.then(settled, () => settled());
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

/** A command on the SSH host as a stage of a pipeline. */
async function startRemote(
  hop: () => Promise<SshConnection>,
  command: string,
  { stdin, onLine, signal }: StartOptions,
): Promise<RunningProgram> {
  const remote = await (await hop()).start(command, signal);
  if (stdin === "ignore") remote.stdin.end();
  // ssh2's channel ends its output when the connection is lost, too: only `ended` tells.
  const stdout = new PassThrough();
  // Whoever reads it hears of it by `ended`, too; without a listener it would end the process.
  stdout.on("error", () => undefined);
  remote.stdout.pipe(stdout);
  let kept = "";
  let rest = "";
  const take = (line: string): void => {
    if (onLine?.(line) !== true) kept = `${kept}${line}\n`.slice(-MAX_STDERR);
  };
  remote.stderr.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
  const read = new Promise<void>((resolve) => stdout.once("end", resolve).once("close", resolve));
  const ended = remote.ended
    .then(async (end) => {
      await read;
      return end;
    })
    .then(({ code, signal: killedBy }) => ({
      code,
      signal: killedBy === null ? null : (`SIG${killedBy.replace(/^SIG/, "")}` as NodeJS.Signals),
    }))
    .finally(() => {
      if (rest !== "") take(rest);
      rest = "";
    });
  ended.catch((error: unknown) =>
    stdout.destroy(error instanceof Error ? error : new Error(remoteLine(String(error)))),
  );
  return {
    name: "the command on the SSH host",
    joinable: false,
    stdout: stdout as Readable,
    stdin: remote.stdin as Writable,
    ended,
    stderr: () => kept,
    kill: () => {
      remote.kill();
      stdout.destroy();
    },
  };
}

const MAX_STDERR = 16 * 1024;
const CLEAN_UP_MS = 3_000;
const PID = "db-backup-pid=";
