import type { ScratchDatabase } from "../../../shared/postgres/scratch/scratch.ts";
import { withSession } from "../../../shared/postgres/with-session.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Place } from "./tool.ts";

/** A scratch database as a place to try migrations on. */
export function placeAt(database: ScratchDatabase, { signal }: Pick<Runtime, "signal">): Place {
  const { address } = database;
  return {
    database,
    use: (work) => withSession(address, { applicationName: "migration-check", signal }, work),
  };
}
