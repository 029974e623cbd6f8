import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { parseManifest } from "../../shared/backup/manifest.ts";
import type { Postgres } from "../support/postgres.ts";
import { action, bare } from "./backup-commands.ts";
import { benchMemory } from "./backup-memory.ts";
import { type Command, type Measured, measure, medianOf } from "./process-group.ts";
import { type Row, round, table } from "./table.ts";

export type BackupBench = {
  /** Of the built actions. */
  readonly dist: string;
  readonly folder: string;
  readonly server: Postgres;
  readonly rounds: number;
  /** Of the size that counts. */
  readonly share: number;
};

const FLOOR = "pg_dump -Fc -Z0 > /dev/null";
const PIPE = "pg_dump -Fc -Z0 \\| zstd -3 > file";
const USUAL = "pg_dump \\| gzip > file";
const PROVEN = "db-backup, verify: archive";

/**
 * Backups beside bare pg_dump. The server's own CPU time is counted with each run: a client that is in its way costs as
 * much as one that works.
 */
export async function benchDbBackup({ dist, folder, server, rounds, share }: BackupBench): Promise<string> {
  const home = path.join(folder, "db-backup");
  mkdirSync(home);
  const destination = path.join(home, "backups");
  const recipient = await identityToRecipient(await generateIdentity());
  const ours = (inputs: Readonly<Record<string, string>>): Command =>
    action(dist, "db-backup", home, { "database-url": server.url, destination, ...inputs });
  const runs: Readonly<Record<string, Command>> = {
    [FLOOR]: bare(server, "pg_dump -Fc -Z0 > /dev/null"),
    [PIPE]: bare(server, `set -o pipefail; pg_dump -Fc -Z0 | zstd -q -3 -T1 > '${home}/pipe.zst'`),
    "db-backup, verify: none": ours({ verify: "none" }),
    "db-backup, verify: none, encrypted": ours({ verify: "none", "encrypt-to": recipient }),
    [PROVEN]: ours({ verify: "archive" }),
    [USUAL]: bare(server, `set -o pipefail; pg_dump | gzip > '${home}/usual.gz'`),
  };
  const measured = new Map<string, Measured[]>(Object.keys(runs).map((name) => [name, []]));
  const proofs: number[] = [];
  for (let at = 0; at < rounds; at++) {
    for (const [name, command] of Object.entries(runs)) {
      measured.get(name)?.push(await measure(command, server.pid));
      if (name === PROVEN) proofs.push(proofSeconds(destination));
      rmSync(destination, { recursive: true, force: true });
    }
  }
  const memory = await benchMemory(dist, home, share);
  rmSync(home, { recursive: true, force: true });
  const medians = new Map([...measured].map(([name, all]) => [name, medianOf(all)]));
  const proof = proofs.sort((a, b) => a - b)[Math.floor(proofs.length / 2)] ?? Number.NaN;
  const seconds = (name: string): number => medians.get(name)?.wall ?? Number.NaN;
  const all = seconds(PROVEN) - seconds("db-backup, verify: none");
  const size = await server.query("select pg_size_pretty(pg_database_size('postgres')) as size");
  return [
    "## db-backup",
    "",
    `A database of ${String(size[0]?.["size"])}; medians of ${rounds} interleaved rounds, memory the highest of them. Ratios are to the first`,
    "line. A run is the whole step: start of Node.js and the bundle, preflight, dump, fsync, manifest. RSS is the highest",
    "sum over all client processes at one moment, PSS the same with shared pages counted once. Bars: wall time 1.15 (1.35",
    "encrypted), all CPU 1.4, half the time of gzip, RSS 200 MB.",
    "",
    costTable(medians, FLOOR),
    "",
    `Reading back, hashing, decompressing and counting took ${round(proof)} s of \`verify: archive\`: ${round(proof / seconds(FLOOR))} of the bare dump;`,
    `with the counting on the server beside the dump it took ${round(all)} s longer than \`verify: none\`: ${round(all / seconds(FLOOR))}. Bar: 0.5.`,
    "",
    memory,
    "",
  ].join("\n");
}

/** One line for each run, with ratios to the one named `base`. */
export function costTable(medians: ReadonlyMap<string, Measured>, base: string): string {
  const total = ({ cpu, serverCpu }: Measured): number => cpu + serverCpu;
  const floor = medians.get(base);
  if (floor === undefined) throw new Error(`no run ${base}`);
  const rows: Row[] = [...medians].map(([name, cost]) => [
    ...[name, round(cost.wall), round(cost.wall / floor.wall), round(cost.cpu), round(cost.serverCpu)],
    ...[round(total(cost) / total(floor)), String(Math.round(cost.rssMb)), String(Math.round(cost.pssMb))],
    String(cost.code),
  ]);
  const titles = ["run", "wall s", "ratio", "client CPU s", "server CPU s", "ratio of all CPU", "RSS MB"];
  return table([...titles, "PSS MB", "exit"], rows);
}

/** What the action itself says that its proof took. */
function proofSeconds(destination: string): number {
  const file = readdirSync(destination, { recursive: true, encoding: "utf8" }).find((name) =>
    name.endsWith(".json"),
  );
  if (file === undefined) return Number.NaN;
  const manifest = parseManifest(readFileSync(path.join(destination, file), "utf8"), file);
  return manifest.verification.durationMs / 1_000;
}
