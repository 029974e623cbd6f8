import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { fillBenchDatabase, startBenchServer, WHOLE_SCALE } from "../test/bench/backup-database.ts";
import { benchBlueGreenSwitch } from "../test/bench/blue-green-switch.bench.ts";
import { benchDbBackup } from "../test/bench/db-backup.bench.ts";
import { benchDbRestore } from "../test/bench/db-restore.bench.ts";
import { benchGhcrCleanup } from "../test/bench/ghcr-cleanup.bench.ts";
import { benchSchemaDrift } from "../test/bench/schema-drift.bench.ts";
import { benchSmokeTest } from "../test/bench/smoke-test.bench.ts";
import { benchValidateSecrets } from "../test/bench/validate-secrets.bench.ts";
import { freePort } from "../test/support/ports.ts";
import type { Postgres } from "../test/support/postgres.ts";
import { makeTempDir } from "../test/support/temp-dir.ts";
import { buildActions } from "./build.ts";
import { runCommand } from "./bundle/command-line.ts";
import { REPOSITORY } from "./bundle/repository.ts";

// The public tools that do what smoke-test and schema-drift do, by the versions that were compared.
const PEERS = [
  ...["stepci@2.8.2", "@usebruno/cli@4.1.0", "autocannon@9.0.0"],
  ...["@pgkit/migra@0.6.1", "@supabase/pg-delta@1.0.0-alpha.34"],
];

const usage = `usage: npm run bench [-- <action> ...] [--rounds <n>] [--scale <n>] [--write]
--scale  size of the database that is backed up, in 17 MB (default: ${WHOLE_SCALE}, which is 2.2 GB)
--write  puts the result into docs/benchmarks.md; the tables of other actions stay there as they are`;

type Setting = {
  readonly root: string;
  readonly folder: string;
  /** Where the answering server listens. */
  readonly port: number;
  readonly rounds: number;
  /** Of the database that is backed up. */
  readonly scale: number;
  /** A server with the database that is backed up, made when it is first asked for. */
  readonly database: () => Promise<Postgres>;
};

const BENCHES: Readonly<Record<string, (setting: Setting) => Promise<string>>> = {
  "smoke-test": (setting) => benchSmokeTest({ ...setting, peers: installPeers() }),
  "validate-secrets": (setting) => benchValidateSecrets({ ...setting, peers: undefined }),
  "db-backup": async (setting) => benchDbBackup(await backupSetting(setting)),
  "db-restore": async (setting) => benchDbRestore(await backupSetting(setting)),
  "schema-drift": (setting) => benchSchemaDrift({ ...setting, peers: installPeers() }),
  "blue-green-switch": benchBlueGreenSwitch,
  "ghcr-cleanup": (setting) => benchGhcrCleanup({ ...setting, peers: undefined }),
};

async function backupSetting({ root, folder, rounds, scale, database }: Setting) {
  return {
    dist: path.join(root, "build/dist"),
    folder,
    server: await database(),
    rounds: Math.min(rounds, 3),
    share: scale / WHOLE_SCALE,
  };
}

const HEADER =
  "# Benchmarks\n\nMade by `npm run bench -- --write`. Compare the columns of one table, not tables of different days.\n";

/** Measures, prints the tables, and writes them down where asked. Nothing here is a test: machines differ. */
await runCommand(async (args) => {
  const { names, rounds, scale, write } = readArguments(args);
  await buildActions({ outDir: "build/dist" });
  const folder = makeTempDir("bench").path;
  const port = await freePort();
  const server = await startServer(port);
  let filled: Promise<Postgres> | undefined;
  const database = () => {
    filled ??= startDatabase(scale);
    return filled;
  };
  const machine = `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}.`;
  try {
    for (const name of names) {
      const measured = await BENCHES[name]?.({ root: REPOSITORY, folder, port, rounds, scale, database });
      const section = (measured ?? "").trimEnd().replace(`## ${name}\n`, `## ${name}\n\n${machine}\n`);
      process.stdout.write(`${section}\n\n`);
      if (write) replaceSection(name, section);
    }
  } finally {
    server.kill();
    await (await filled)?.stop();
  }
});

async function startDatabase(scale: number): Promise<Postgres> {
  const server = await startBenchServer();
  await fillBenchDatabase(server, scale);
  return server;
}

/** Puts the tables of one action in the place of its earlier ones. */
function replaceSection(name: string, section: string): void {
  const file = path.join(REPOSITORY, "docs/benchmarks.md");
  const present = new Map(
    readFileSync(file, "utf8")
      .split(/^(?=## )/m)
      .slice(1)
      .map((text): [string, string] => [/^## (.*)/.exec(text)?.[1] ?? "", text.trimEnd()]),
  );
  present.set(name, section);
  const sections = Object.keys(BENCHES).flatMap((each) => present.get(each) ?? []);
  writeFileSync(file, `${[HEADER.trimEnd(), ...sections].join("\n\n")}\n`);
}

function readArguments(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      scale: { type: "string", default: String(WHOLE_SCALE) },
      write: { type: "boolean", default: false },
    },
  });
  const [rounds, scale] = [Number(values.rounds), Number(values.scale)];
  const all = Object.keys(BENCHES);
  const sound = [rounds, scale].every((value) => Number.isInteger(value) && value > 0);
  // What is written down is measured at its full size.
  const small = values.write && scale !== WHOLE_SCALE;
  if (!sound || small || positionals.some((name) => !all.includes(name))) throw new Error(usage);
  const names = positionals.length === 0 ? all : all.filter((name) => positionals.includes(name));
  return { names, rounds, scale, write: values.write };
}

async function startServer(port: number) {
  const file = path.join(REPOSITORY, "test/bench/answering-server.ts");
  const server = spawn(
    process.execPath,
    ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", file, String(port)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await new Promise<void>((resolve, reject) => {
    server.stdout.once("data", () => resolve());
    server.once("exit", () => reject(new Error("the bench server did not start")));
  });
  return server;
}

function installPeers(): string | undefined {
  const folder = path.join(REPOSITORY, ".cache/bench-peers");
  const names = ["stepci", "bru", "autocannon", "migra", "pgdelta"];
  if (names.every((name) => existsSync(path.join(folder, "node_modules/.bin", name)))) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), '{ "private": true }\n');
  process.stderr.write(`Installing ${PEERS.join(", ")} to compare with ...\n`);
  const done = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...PEERS], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
  });
  if (done.status === 0) return folder;
  process.stderr.write("They could not be installed; the table has no peers.\n");
  return undefined;
}
