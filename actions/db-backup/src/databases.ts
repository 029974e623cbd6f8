import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import type { Logger } from "../../../shared/runtime/logger.ts";
import type { Place } from "./place.ts";

// Databases of a provider's own machinery, which it lets nobody into.
const PROVIDERS_OWN = new Set(["rdsadmin", "cloudsqladmin", "azure_maintenance", "azure_sys"]);

/** The databases that a run backs up: that of the address, those of the list, or all that can be connected to. */
export async function databasesOf(
  given: readonly string[],
  place: Place,
  address: DatabaseAddress,
  log: Pick<Logger, "info">,
): Promise<readonly string[]> {
  if (given.length === 0) return [address.database];
  if (given.length > 1 || given[0] !== "all") return [...new Set(given)];
  const session = await place.openSession(address);
  try {
    const { rows } = await session.query<{ readonly name: string }>(
      "select datname as name from pg_catalog.pg_database where datallowconn and not datistemplate order by datname",
    );
    const names = rows.map(({ name }) => name);
    const skipped = names.filter((name) => PROVIDERS_OWN.has(name));
    if (skipped.length > 0) log.info(`Left out, since they are the provider's own: ${skipped.join(", ")}`);
    return names.filter((name) => !PROVIDERS_OWN.has(name));
  } finally {
    await session.close();
  }
}
