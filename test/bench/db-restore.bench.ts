import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { action, bare } from "./backup-commands.ts";
import { type BackupBench, costTable } from "./db-backup.bench.ts";
import { type Command, type Measured, measure, medianOf } from "./process-group.ts";

const BASE = "pg_restore -j2";

/** Restores beside bare pg_restore, both into a new database and with two sessions. */
export async function benchDbRestore({ dist, folder, server, rounds }: BackupBench): Promise<string> {
  const home = path.join(folder, "db-restore");
  mkdirSync(home);
  const destination = path.join(home, "backups");
  const archive = path.join(home, "bare.dump");
  const made = [
    await measure(bare(server, `pg_dump -Fc -f '${archive}'`), server.pid),
    await measure(
      action(dist, "db-backup", home, { "database-url": server.url, destination, verify: "none" }),
      server.pid,
    ),
  ];
  if (made.some(({ code }) => code !== 0)) throw new Error("the backups to restore could not be made");
  const target = new URL(server.url);
  target.pathname = "/restored";
  const ours = (inputs: Readonly<Record<string, string>>): Command =>
    action(dist, "db-restore", home, {
      ...{ from: destination, database: "postgres", "database-url": target.href },
      ...{ mode: "new", jobs: "2", select: "latest-even-unproven", ...inputs },
    });
  const runs: Readonly<Record<string, Command>> = {
    [BASE]: bare(server, `createdb restored && pg_restore -j2 -d restored '${archive}'`),
    "db-restore, jobs: 2, verify and analyze: false": ours({ verify: "false", analyze: "false" }),
    "db-restore, jobs: 2": ours({}),
  };
  const measured = new Map<string, Measured[]>(Object.keys(runs).map((name) => [name, []]));
  for (let at = 0; at < rounds; at++) {
    for (const [name, command] of Object.entries(runs)) {
      measured.get(name)?.push(await measure(command, server.pid));
      await server.query("drop database if exists restored");
      await server.query("checkpoint");
    }
  }
  rmSync(home, { recursive: true, force: true });
  const medians = new Map([...measured].map(([name, all]) => [name, medianOf(all)]));
  return [
    "## db-restore",
    "",
    `The same database, into a new one; medians of ${rounds} interleaved rounds. The whole step: the backup is found, checked and`,
    "unpacked before the server is touched; by default every row is counted afterwards, and statistics are made. Bar: 1.1",
    "for what pg_restore does too.",
    "",
    costTable(medians, BASE),
    "",
  ].join("\n");
}
