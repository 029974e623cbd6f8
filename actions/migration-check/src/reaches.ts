import { setTimeout as sleep } from "node:timers/promises";
import type { ScratchServer } from "../../../shared/postgres/scratch/scratch.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { placeAt } from "./place.ts";
import type { Tool } from "./tool.ts";

// The server's statistics are told when a session ends (pgstat_report_connect, pgstat_database.c), which a client does not wait for.
const PATIENCE_MS = 5_000;

/**
 * Throws a UserError where the tool's commands do not connect to the scratch database though it is the only address in
 * their environment: their settings name another one, which must not be migrated. Tells by a command that changes nothing.
 */
export async function refuseElsewhere(tool: Tool, server: ScratchServer, runtime: Runtime): Promise<void> {
  if (tool.look === undefined) return;
  const place = placeAt(await server.newDatabase(), runtime);
  const watch = placeAt(await server.newDatabase(), runtime);
  const { database } = place.database.address;
  const sessions = (): Promise<number> =>
    watch.use(async (client) => {
      const { rows } = await client.query<{ readonly sessions: string }>(
        "select coalesce(sum(sessions), 0)::text as sessions from pg_catalog.pg_stat_database where datname = $1",
        [database],
      );
      return Number(rows[0]?.sessions ?? 0);
    });
  const before = await sessions();
  await tool.look(place);
  const deadline = runtime.clock.monotonic() + PATIENCE_MS;
  while ((await sessions()) <= before) {
    runtime.signal.throwIfAborted();
    if (runtime.clock.monotonic() > deadline) {
      throw new UserError(
        `${tool.name} does not connect to the scratch database: its settings name another one.`,
        {
          hint: "Nothing was migrated. Let the project read its address from the environment: DATABASE_URL, PGHOST and the like, or a name that url-variables lists.",
          where: { input: "url-variables" },
        },
      );
    }
    await sleep(50, undefined, { signal: runtime.signal });
  }
  await Promise.all([watch.database.drop(), place.database.drop()]);
}
