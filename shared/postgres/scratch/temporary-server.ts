import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { runChild } from "../../runtime/child-process.ts";
import { whenKilled } from "../../runtime/guard.ts";
import { remoteText } from "../../runtime/remote-text.ts";
import { UserError } from "../../runtime/user-error.ts";
import type { DatabaseAddress } from "../address.ts";
import { choosePrograms } from "../choose-programs.ts";
import { type Program, programEnvironment } from "../programs.ts";
import { ScratchDatabases } from "./databases.ts";
import type { ScratchOptions, ScratchServer } from "./scratch.ts";
import { privateDirectory, type ServerUser, serverUser } from "./server-user.ts";

type Options = Pick<ScratchOptions, "major" | "programs" | "reach" | "env" | "signal" | "info">;

const USER = "postgres";
// sockaddr_un(7): 108 bytes with the NUL at the end.
const LONGEST_SOCKET_PATH = 107;
const READY_MS = 60_000;
const STOP_MS = 3_000;
const LOG_TAIL = 2_000;

/** Starts a temporary server; see {@link ScratchOptions}. Throws a UserError. */
export async function startTemporaryServer(options: Options): Promise<ScratchServer> {
  const { major, programs, env, signal, info } = options;
  const suite = serverPrograms(programs, major);
  const server = suite.program("postgres");
  const user = await serverUser();
  const directory = await privateDirectory("scratch-postgres", user, { env, signal });
  const running: Running = { directories: [directory], stop: async () => undefined };
  const close = async (): Promise<void> => {
    await running.stop();
    await Promise.all(
      running.directories.map((each) => rm(each, { recursive: true, force: true, maxRetries: 3 })),
    );
  };
  try {
    const started = performance.now();
    const address = await start(running, { server, initdb: suite.program("initdb"), user }, options);
    info(`Started a temporary PostgreSQL ${server.version} in ${Math.round(performance.now() - started)} ms`);
    const databases = new ScratchDatabases(address, server.major, env);
    let closed: Promise<void> | undefined;
    return {
      version: { major: server.major, full: server.version },
      where: `a temporary PostgreSQL ${server.version} on this machine`,
      newDatabase: (locale) => databases.make(locale, signal),
      copyOf: (database) => databases.copy(database, signal),
      close: () => {
        closed ??= databases.forget().then(close);
        return closed;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function serverPrograms(programs: readonly Program[], major: number) {
  return choosePrograms(programs, {
    names: ["postgres", "initdb"],
    major,
    because: `a temporary server of PostgreSQL ${major} is needed`,
    otherwise: "Or set scratch-url to a database on a server that is there for such things.",
  });
}

/** Throws the UserError of {@link startTemporaryServer} for programs that are not there, long before they are needed. */
export function checkTemporaryServer(programs: readonly Program[], major: number): void {
  serverPrograms(programs, major);
}

type Running = { readonly directories: string[]; stop: () => Promise<void> };
type Parts = { readonly server: Program; readonly initdb: Program; readonly user: ServerUser };

async function start(running: Running, parts: Parts, options: Options): Promise<DatabaseAddress> {
  const { reach, signal, env } = options;
  const [directory = ""] = running.directories;
  const data = path.join(directory, "data");
  const password = randomBytes(24).toString("hex");
  await makeCluster(data, password, parts, options);
  const port = reach === "tcp" ? await freePort() : 5432;
  const socketDirectory = await socketPlace(running, port, parts.user);
  const settings = [
    ...SETTINGS,
    `port = ${port}`,
    `listen_addresses = '${reach === "tcp" ? "127.0.0.1" : ""}'`,
    `unix_socket_directories = '${socketDirectory.replace(/['\\]/g, "$&$&")}'`,
    "unix_socket_permissions = 0700",
  ];
  const file = path.join(data, "postgresql.auto.conf");
  await writeFile(file, `${settings.join("\n")}\n`, { mode: 0o600 });
  if (parts.user !== undefined) await chown(file, parts.user.uid, parts.user.gid);
  signal.throwIfAborted();

  const child = spawn(parts.server.path, ["-D", data], {
    cwd: data,
    env: programEnvironment(env),
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    ...parts.user,
  });
  let log = "";
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, killed) => resolve(killed ?? `exit code ${code}`));
  });
  const quit = (): void => void child.kill("SIGQUIT");
  const callOff = whenKilled({ server: child.pid, directories: running.directories });
  signal.addEventListener("abort", quit, { once: true });
  running.stop = async () => {
    // Nothing in it is worth a checkpoint.
    quit();
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(timer);
    signal.removeEventListener("abort", quit);
    callOff();
  };
  const ready = new Promise<void>((resolve) => {
    const listen = (chunk: Buffer): void => {
      log = (log + chunk.toString()).slice(-LOG_TAIL);
      if (log.includes("database system is ready to accept connections")) resolve();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
  });
  const late = new Promise<string>((resolve) => {
    setTimeout(resolve, READY_MS, "it was not ready in time").unref();
  });
  const trouble = await Promise.race([ready, ended, late]);
  signal.throwIfAborted();
  if (typeof trouble === "string") throw notStarted(parts.server.path, trouble, log);
  return {
    ...{ host: reach === "tcp" ? "127.0.0.1" : socketDirectory, port, user: USER, database: USER, password },
    ...{ sslmode: "disable", sslrootcert: undefined, channelBinding: "prefer" },
    ...{ options: undefined, applicationName: undefined },
  };
}

async function makeCluster(data: string, password: string, parts: Parts, options: Options): Promise<void> {
  const { initdb, user } = parts;
  const { env, signal } = options;
  const file = path.join(path.dirname(data), "password");
  await writeFile(file, password, { mode: 0o600 });
  if (user !== undefined) await chown(file, user.uid, user.gid);
  let said = "";
  const listen = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-LOG_TAIL);
  };
  const login = ["--auth=scram-sha-256", `--pwfile=${file}`, `--username=${USER}`];
  const args = ["-D", data, ...login, "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"];
  const end = await runChild(initdb.path, args, {
    ...{
      signal,
      user,
      cwd: path.dirname(data),
      env: programEnvironment(env),
      onStdout: listen,
      onStderr: listen,
    },
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw notStarted(initdb.path, String(error), said);
  });
  if (end.code !== 0) throw notStarted(initdb.path, end.signal ?? `exit code ${end.code}`, said);
  await rm(file);
}

/** The directory of the socket: beside the data, or in a place with a shorter path. */
async function socketPlace(running: Running, port: number, user: ServerUser): Promise<string> {
  const [directory = ""] = running.directories;
  const room = (place: string) =>
    Buffer.byteLength(path.join(place, `.s.PGSQL.${port}`)) <= LONGEST_SOCKET_PATH;
  if (room(directory)) return directory;
  const short = await mkdtemp(path.join(tmpdir(), "pg-"));
  running.directories.push(short);
  if (user !== undefined) await chown(short, user.uid, user.gid);
  return short;
}

/** A port of loopback that is free now; should somebody else take it first, the server says so. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen({ host: "127.0.0.1", port: 0 }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

// What is thrown away needs no durability; pg_restore in one transaction takes a lock for every table.
const SETTINGS = [
  "fsync = off",
  "full_page_writes = off",
  "synchronous_commit = off",
  "wal_level = minimal",
  "max_wal_senders = 0",
  "autovacuum = off",
  "max_connections = 50",
  "max_locks_per_transaction = 1024",
  "shared_buffers = 128MB",
  "maintenance_work_mem = 128MB",
  "checkpoint_timeout = 1h",
  "lc_messages = 'C'",
  "logging_collector = off",
  "log_destination = 'stderr'",
];

function notStarted(program: string, why: string, log: string): UserError {
  return new UserError(`${program} did not start a temporary server: ${why}.\n${remoteText(log.trim())}`, {
    hint: "See what it says; or set scratch-url to a database on a server that is there for such things.",
  });
}
