import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import path from "node:path";
import { benchBlueGreenSwitch } from "../test/bench/blue-green-switch.bench.ts";
import { benchDbBackup } from "../test/bench/db-backup.bench.ts";
import { benchGhcrCleanup } from "../test/bench/ghcr-cleanup.bench.ts";
import { benchSchemaDrift } from "../test/bench/schema-drift.bench.ts";
import { benchSmokeTest } from "../test/bench/smoke-test.bench.ts";
import { benchValidateSecrets } from "../test/bench/validate-secrets.bench.ts";
import { freePort } from "../test/support/ports.ts";
import { makeTempDir } from "../test/support/temp-dir.ts";
import { buildActions } from "./build.ts";
import { runCommand } from "./bundle/command-line.ts";
import { REPOSITORY } from "./bundle/repository.ts";

// The public tools that do what smoke-test and schema-drift do, by the versions that were compared.
const PEERS = [
  ...["stepci@2.8.2", "@usebruno/cli@4.1.0", "autocannon@9.0.0"],
  ...["@pgkit/migra@0.6.1", "@supabase/pg-delta@1.0.0-alpha.34"],
];

const usage =
  "usage: npm run bench [-- --rounds <n>] [--write]\n--write puts the result into docs/benchmarks.md";

/** Measures, prints the tables, and writes them down where asked. Nothing here is a test: machines differ. */
await runCommand(async (args) => {
  const { rounds, write } = readArguments(args);
  await buildActions({ outDir: "build/dist" });
  const folder = makeTempDir("bench").path;
  const port = await freePort();
  const server = await startServer(port);
  try {
    const text = [
      "# Benchmarks",
      "",
      "Made by `npm run bench -- --write`. Compare the columns of one table, not tables of different days.",
      "",
      `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}.`,
      "",
      await benchSmokeTest({ root: REPOSITORY, folder, port, peers: installPeers(), rounds }),
      await benchValidateSecrets({ root: REPOSITORY, folder, port, peers: undefined, rounds }),
      await benchBlueGreenSwitch({ root: REPOSITORY, rounds }),
      await benchDbBackup({ root: REPOSITORY, folder, port, peers: undefined, rounds: Math.min(rounds, 3) }),
      await benchGhcrCleanup({ root: REPOSITORY, folder, port, peers: undefined, rounds }),
      await benchSchemaDrift({ root: REPOSITORY, folder, port, peers: installPeers(), rounds }),
    ].join("\n");
    process.stdout.write(`${text}\n`);
    if (write) writeFileSync(path.join(REPOSITORY, "docs/benchmarks.md"), text);
  } finally {
    server.kill();
  }
});

function readArguments(args: readonly string[]): { readonly rounds: number; readonly write: boolean } {
  const at = args.indexOf("--rounds");
  const rounds = at === -1 ? 5 : Number(args[at + 1]);
  const known = args.filter((arg, index) => arg !== "--write" && arg !== "--rounds" && index !== at + 1);
  if (
    !Number.isInteger(rounds) ||
    rounds < 1 ||
    (at === -1 ? args.some((arg) => arg !== "--write") : known.length > 0)
  ) {
    throw new Error(usage);
  }
  return { rounds, write: args.includes("--write") };
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
