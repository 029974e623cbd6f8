import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { fillBenchDatabase, startBenchServer, WHOLE_SCALE } from "../test/bench/backup-database.ts";
import { benchDbBackup } from "../test/bench/db-backup.bench.ts";
import { benchDbRestore } from "../test/bench/db-restore.bench.ts";
import { benchSmokeTest } from "../test/bench/smoke-test.bench.ts";
import { benchValidateSecrets } from "../test/bench/validate-secrets.bench.ts";
import { freePort } from "../test/support/ports.ts";
import { makeTempDir } from "../test/support/temp-dir.ts";
import { buildActions } from "./build.ts";
import { runCommand } from "./bundle/command-line.ts";
import { REPOSITORY } from "./bundle/repository.ts";

// The public tools that do what smoke-test does, by the versions that were compared.
const PEERS = ["stepci@2.8.2", "@usebruno/cli@4.1.0", "autocannon@9.0.0"];

const usage = `usage: npm run bench [-- --rounds <n>] [--scale <n>] [--only http|backup] [--write]
--scale  size of the database that is backed up, in 17 MB (default: ${WHOLE_SCALE}, which is 2.2 GB)
--write  puts the result into docs/benchmarks.md`;

/** Measures, prints the tables, and writes them down where asked. Nothing here is a test: machines differ. */
await runCommand(async (args) => {
  const { rounds, scale, only, write } = readArguments(args);
  await buildActions({ outDir: "build/dist" });
  const folder = makeTempDir("bench").path;
  const text = [
    "# Benchmarks",
    "",
    "Made by `npm run bench -- --write`. Compare the columns of one table, not tables of different days.",
    "",
    `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}.`,
    "",
    ...(only === "backup" ? [] : await benchHttp(folder, rounds)),
    ...(only === "http" ? [] : await benchBackups(folder, Math.min(rounds, 3), scale)),
  ].join("\n");
  process.stdout.write(`${text}\n`);
  if (write) writeFileSync(path.join(REPOSITORY, "docs/benchmarks.md"), text);
});

async function benchHttp(folder: string, rounds: number): Promise<string[]> {
  const port = await freePort();
  const server = await startServer(port);
  try {
    return [
      await benchSmokeTest({ root: REPOSITORY, folder, port, peers: installPeers(), rounds }),
      await benchValidateSecrets({ root: REPOSITORY, folder, port, peers: undefined, rounds }),
    ];
  } finally {
    server.kill();
  }
}

async function benchBackups(folder: string, rounds: number, scale: number): Promise<string[]> {
  const server = await startBenchServer();
  try {
    await fillBenchDatabase(server, scale);
    const setting = { dist: path.join(REPOSITORY, "build/dist"), folder, server, rounds };
    return [await benchDbBackup(setting), await benchDbRestore(setting)];
  } finally {
    await server.stop();
  }
}

function readArguments(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      scale: { type: "string", default: String(WHOLE_SCALE) },
      only: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const { only, write } = values;
  const [rounds, scale] = [Number(values.rounds), Number(values.scale)];
  const known = only === undefined || only === "http" || only === "backup";
  // What is written down is all of it, at its full size.
  const part = only !== undefined || scale !== WHOLE_SCALE;
  if (![rounds, scale].every((value) => Number.isInteger(value) && value > 0) || !known || (write && part))
    throw new Error(usage);
  return { rounds, scale, only, write };
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
  const names = ["stepci", "bru", "autocannon"];
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
