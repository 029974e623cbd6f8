import { rmSync } from "node:fs";
import path from "node:path";
import { generateIdentity, identityToRecipient } from "age-encryption";
import { action } from "./backup-commands.ts";
import { fillBenchDatabase, startBenchServer } from "./backup-database.ts";
import { measure } from "./process-group.ts";
import { table } from "./table.ts";

/** Without indexes, which no dump reads, a unit of scale has about so many MB. */
const MB_OF_SCALE = 14.5;

/** The memory of backups of a small database and of one that is twenty times as large. `share` of 200 MB and 4 GB. */
export async function benchMemory(dist: string, home: string, share: number): Promise<string> {
  const recipient = await identityToRecipient(await generateIdentity());
  const runs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "verify: none": { verify: "none" },
    "verify: archive": { verify: "archive" },
    "verify: archive, encrypted": { verify: "archive", "encrypt-to": recipient },
  };
  const rows = Object.keys(runs).map((name): string[] => [name]);
  const sizes: string[] = [];
  for (const megabytes of [200, 4_000]) {
    const server = await startBenchServer();
    try {
      await fillBenchDatabase(server, Math.max(1, Math.round((megabytes * share) / MB_OF_SCALE)), {
        indexes: false,
      });
      const [size] = await server.query("select pg_size_pretty(pg_database_size('postgres')) as size");
      sizes.push(String(size?.["size"]));
      const destination = path.join(home, "memory");
      for (const [index, inputs] of Object.values(runs).entries()) {
        const command = action(dist, "db-backup", home, {
          "database-url": server.url,
          destination,
          ...inputs,
        });
        const { rssMb, pssMb, code } = await measure(command, server.pid);
        if (code !== 0) throw new Error(`a backup of ${megabytes} MB failed`);
        rows[index]?.push(String(Math.round(rssMb)), String(Math.round(pssMb)));
        rmSync(destination, { recursive: true, force: true });
      }
    } finally {
      await server.stop();
    }
  }
  const titles = sizes.flatMap((size) => [`RSS MB, ${size}`, `PSS MB, ${size}`]);
  return ["Memory by the size of the database. Bar: the same.", "", table(["run", ...titles], rows)].join(
    "\n",
  );
}
