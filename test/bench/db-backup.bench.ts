import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { type Postgres, startPostgres } from "../support/postgres.ts";
import { programsOf } from "../support/postgres-programs.ts";
import { type Measured, measure } from "./process-group.ts";
import { type Row, round, type Setting, table } from "./table.ts";

const MAJOR = 15;

/**
 * A backup of a database of 2 GB beside bare pg_dump: what pgbench makes, and a table of texts. The server's own CPU time
 * is counted with each run, since a client that is in its way costs as much as one that works.
 */
export async function benchDbBackup({ root, folder, rounds }: Setting, gigabytes = 2): Promise<string> {
  const server = await startPostgres({ major: MAJOR, config: SETTINGS });
  const home = path.join(folder, "db-backup");
  mkdirSync(home);
  try {
    const bin = programsOf(MAJOR);
    await fill(server, gigabytes);
    const size = await server.query("select pg_size_pretty(pg_database_size('postgres')) as size");
    const recipient = await identityToRecipient(await generateIdentity());
    const bare = (script: string) => ({ program: "bash", args: ["-c", script], env: login(server, bin) });
    const action = (inputs: Readonly<Record<string, string>>) => ({
      program: process.execPath,
      args: [path.join(root, "build/dist/db-backup/index.js")],
      env: stepEnvironment(server, bin, home, inputs),
      after: () => rmSync(path.join(home, "backups"), { recursive: true, force: true }),
    });
    const floor = "pg_dump -Fc -Z0 > /dev/null";
    const usual = "pg_dump | gzip > file";
    const runs = {
      [floor]: bare("pg_dump -Fc -Z0 > /dev/null"),
      "db-backup, verify: none": action({ verify: "none" }),
      "db-backup, verify: none, encrypted": action({ verify: "none", "encrypt-to": recipient }),
      "db-backup, verify: archive": action({}),
      [usual]: bare(`pg_dump | gzip > '${home}/usual.gz'`),
    };
    const measured = new Map<string, Measured[]>(Object.keys(runs).map((name) => [name, []]));
    for (let at = 0; at < rounds; at++) {
      for (const [name, command] of Object.entries(runs)) {
        measured.get(name)?.push(await measure(command, server.pid));
        if ("after" in command) command.after();
      }
    }
    const medians = new Map([...measured].map(([name, all]) => [name, medianOf(all)]));
    const base = medians.get(floor);
    const rows: Row[] = [...medians].map(([name, cost]) => [
      name,
      round(cost.wall),
      round(cost.wall / (base?.wall ?? Number.NaN)),
      round(cost.cpu),
      round(cost.serverCpu),
      round((cost.cpu + cost.serverCpu) / ((base?.cpu ?? Number.NaN) + (base?.serverCpu ?? Number.NaN))),
      String(Math.round(cost.rssMb)),
      String(cost.code),
    ]);
    return [
      "## db-backup",
      "",
      `A database of ${String(size[0]?.["size"])}; median of ${rounds} interleaved rounds. Ratios are to the first line. RSS is the`,
      "highest sum over all client processes at one moment. Bars without encryption: wall time 1.15, all CPU 1.4, half",
      "the time of gzip; with it 1.35; RSS 200 MB.",
      "",
      table(
        ["run", "wall s", "ratio", "client CPU s", "server CPU s", "ratio of all CPU", "RSS MB", "exit"],
        rows,
      ),
      "",
    ].join("\n");
  } finally {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

const SETTINGS = ["shared_buffers = 256MB", "max_wal_size = 4GB", "autovacuum = off"];

async function fill(server: Postgres, gigabytes: number): Promise<void> {
  // 125 bytes a row on disk, and 20 for its key.
  const accounts = Math.round((gigabytes * 0.9 * 1e9) / 147);
  await server.query(`
    create table accounts (aid int, bid int, abalance int, filler char(84));
    insert into accounts select i, i % 100, 0, '' from generate_series(1, ${accounts}) i;
    alter table accounts add primary key (aid);
    create table documents (id int, body text);
    insert into documents select i, (select string_agg(md5((i * j)::text), ' ') from generate_series(1, 15) j)
      from generate_series(1, ${Math.round((gigabytes * 0.1 * 1e9) / 560)}) i;
    analyze;
    checkpoint;
  `);
}

function login({ port, password }: Postgres, bin: string): Record<string, string> {
  return {
    ...{ PATH: `${bin}:/usr/bin:/bin`, PGHOST: "127.0.0.1", PGPORT: String(port), PGUSER: "postgres" },
    ...{ PGPASSWORD: password, PGDATABASE: "postgres" },
  };
}

function stepEnvironment(
  server: Postgres,
  bin: string,
  home: string,
  inputs: Readonly<Record<string, string>>,
): Record<string, string> {
  const given: Record<string, string> = {
    ...{ "database-url": server.url, destination: path.join(home, "backups"), compression: "zstd" },
    ...{ verify: "archive", tunnel: "true", "run-on": "runner", "allow-newer-client": "false" },
    ...{ "include-globals": "false", "include-role-passwords": "false", "lock-timeout": "1m" },
    ...{ "allow-empty": "false", "s3-checksums": "when-supported", "s3-tries": "10", "dry-run": "false" },
    ...{ timeout: "1h", ...inputs },
  };
  const variables = Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  return { PATH: `${bin}:/usr/bin:/bin`, RUNNER_TEMP: home, ...Object.fromEntries(variables) };
}

function medianOf(all: readonly Measured[]): Measured {
  const median = (pick: (each: Measured) => number): number => {
    const sorted = all.map(pick).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  return {
    ...{ wall: median((each) => each.wall), cpu: median((each) => each.cpu) },
    ...{ serverCpu: median((each) => each.serverCpu), rssMb: Math.max(...all.map((each) => each.rssMb)) },
    code: Math.max(...all.map((each) => each.code)),
  };
}
