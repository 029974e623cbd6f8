import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import type { PartName } from "../../../scripts/system/parts.ts";
import { locate } from "../../support/needs.ts";
import { within } from "./run-matrix.ts";

const run = promisify(execFile);

export type Application = {
  readonly part: PartName;
  /** Builds the schema in a database by the application's own migrations. */
  readonly migrate: (url: string, database: string) => Promise<void>;
};

/** What teams run beside their own tables, with migrations that come with the package. */
export const applications: readonly Application[] = [
  {
    part: "graphile-worker",
    migrate: (url, database) =>
      inNode("graphile-worker", url, database, "await it.runMigrations({ connectionString })"),
  },
  {
    part: "pg-boss",
    migrate: (url, database) =>
      inNode(
        "pg-boss",
        url,
        database,
        "const boss = new (it.PgBoss ?? it.default)({ connectionString }); await boss.start(); " +
          "await boss.createQueue('orders'); await boss.stop({ graceful: false, wait: true })",
      ),
  },
  {
    part: "procrastinate",
    migrate: async (url, database) => {
      const folder = path.join(locate("procrastinate"), "migrations");
      const files = readdirSync(folder).filter((file) => file.endsWith(".sql"));
      await within(url, database, async (client) => {
        for (const file of files.sort()) await client.query(readFileSync(path.join(folder, file), "utf8"));
      });
    },
  },
];

/** The package in a process of its own, since it brings a `pg` of its own. */
async function inNode(part: PartName, url: string, database: string, code: string): Promise<void> {
  const address = Object.assign(new URL(url), { pathname: `/${database}` });
  const entry = createRequire(import.meta.url).resolve(locate(part));
  const script = `const it = await import(${JSON.stringify(entry)}); const { connectionString } = process.env; ${code}; process.exit(0)`;
  await run(process.execPath, ["--input-type=module", "-e", script], {
    env: { connectionString: address.href },
  });
}
