import { connectPostgres, type PostgresClient, queryError } from "../../../shared/postgres/connect.ts";
import type { ScratchDatabase } from "../../../shared/postgres/scratch/scratch.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Place } from "./tool.ts";

/** A scratch database as a place to try migrations on. */
export function placeAt(database: ScratchDatabase, { signal }: Pick<Runtime, "signal">): Place {
  const { address } = database;
  return {
    database,
    use: async <T>(work: (client: PostgresClient) => Promise<T>): Promise<T> => {
      const client = await connectPostgres(address, { applicationName: "migration-check", signal });
      try {
        return await work(client);
      } catch (error) {
        signal.throwIfAborted();
        throw isOfServer(error) ? queryError(error, address) : error;
      } finally {
        await client.close();
      }
    },
  };
}

function isOfServer(error: unknown): boolean {
  return error instanceof Error && "severity" in error && "code" in error;
}
