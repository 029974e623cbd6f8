import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import type { Certificate } from "./certificates.ts";
import { freePort } from "./ports.ts";
import { giveAway, type PostgresMajor, postgresTemplate, SERVER_USER } from "./postgres-template.ts";
import { start } from "./started.ts";
import { makeTempDir } from "./temp-dir.ts";

const run = promisify(execFile);

export type PostgresOptions = {
  readonly major: PostgresMajor;
  /** Offered over TLS, beside plain connections. */
  readonly tls?: Certificate;
  /** Lines of pg_hba.conf that come before the fixture's own (any user, from anywhere, by SCRAM). */
  readonly hba?: readonly string[];
  /** Lines for postgresql.conf. */
  readonly config?: readonly string[];
  /** Further arguments of initdb, such as `--locale-provider=icu`. */
  readonly initdb?: readonly string[];
};

export type Postgres = {
  /** Of the postmaster, to send it a signal. */
  readonly pid: number;
  readonly host: "127.0.0.1";
  readonly port: number;
  /** The superuser. */
  readonly user: "postgres";
  readonly password: string;
  /** The directory of its Unix socket. */
  readonly socketDirectory: string;
  /** `postgres://postgres:password@127.0.0.1:port/postgres` */
  readonly url: string;
  /** Runs SQL as the superuser, by the Unix socket, and returns the rows of the last statement. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  log(): string;
  /** Kills the server at once, as a crash of the machine would. */
  kill(): Promise<void>;
  /** Stops the server and removes all that it wrote. */
  stop(): Promise<void>;
};

/** Starts a PostgreSQL server on a free port of 127.0.0.1. Tests that use it need "postgres-14" to "postgres-18". */
export async function startPostgres({
  major,
  tls,
  hba = [],
  config = [],
  initdb = [],
}: PostgresOptions): Promise<Postgres> {
  const { home, template, password } = await postgresTemplate(major, initdb);
  const directory = makeTempDir(`postgres-${major}`);
  const data = path.join(directory.path, "data");
  await run("cp", ["-a", "--", template, data]);
  const port = await freePort();
  const ssl =
    tls === undefined ? [] : ["ssl = on", "ssl_cert_file = 'server.crt'", "ssl_key_file = 'server.key'"];
  if (tls !== undefined) {
    writeFileSync(path.join(data, "server.crt"), tls.cert, { mode: 0o600 });
    writeFileSync(path.join(data, "server.key"), tls.key, { mode: 0o600 });
  }
  const settings = [
    ...SETTINGS,
    `port = ${port}`,
    `unix_socket_directories = '${directory.path}'`,
    ...ssl,
    ...config,
  ];
  writeFileSync(path.join(data, "postgresql.auto.conf"), `${settings.join("\n")}\n`, { mode: 0o600 });
  writeFileSync(path.join(data, "pg_hba.conf"), `${[...hba, ...HBA].join("\n")}\n`, { mode: 0o600 });
  await giveAway(directory.path);

  const server = await start({
    command: path.join(home, "bin/postgres"),
    args: ["-D", data],
    // postgres wants a directory that it may read.
    cwd: data,
    ready: /database system is ready to accept connections/,
    stopSignal: "SIGINT",
    ...SERVER_USER,
  });
  const cleanUp = async () => {
    await removeSharedMemory(data);
    directory.remove();
  };
  return {
    ...{
      pid: server.pid,
      host: "127.0.0.1",
      port,
      user: "postgres",
      password,
      socketDirectory: directory.path,
    },
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    log: () => server.log(),
    query: async (sql) => {
      const client = new Client({
        host: directory.path,
        port,
        user: "postgres",
        password,
        database: "postgres",
      });
      await client.connect();
      try {
        const result: unknown = await client.query(sql);
        return ([result].flat().at(-1) as { readonly rows: Record<string, unknown>[] }).rows;
      } finally {
        await client.end();
      }
    },
    kill: async () => void (await server.kill()),
    stop: async () => {
      await server.stop();
      await cleanUp();
    },
  };
}

// What a test server can do without: durability, and memory for load.
const SETTINGS = [
  "listen_addresses = '127.0.0.1'",
  "fsync = off",
  "full_page_writes = off",
  "synchronous_commit = off",
  "shared_buffers = 16MB",
  "max_connections = 30",
  "log_line_prefix = '%p '",
];
const HBA = ["local all all scram-sha-256", "host all all all scram-sha-256"];

/** A killed server leaves a small System V segment, whose id is the second number in line 7 of its postmaster.pid. */
async function removeSharedMemory(data: string): Promise<void> {
  const file = path.join(data, "postmaster.pid");
  if (!existsSync(file)) return;
  const id = /^\s*\d+\s+(\d+)/.exec(readFileSync(file, "utf8").split("\n")[6] ?? "")?.[1];
  // Gone already is fine: another server may have taken it over.
  if (id !== undefined) await run("ipcrm", ["-m", id]).catch(() => undefined);
}
