import { type DatabaseAddress, describeAddress } from "../../../shared/postgres/address.ts";
import type { Catalog } from "../../../shared/postgres/catalog/model.ts";
import { readCatalog } from "../../../shared/postgres/catalog/read.ts";
import type { PostgresClient } from "../../../shared/postgres/connect.ts";
import { withSession } from "../../../shared/postgres/with-session.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { SshConnection } from "../../../shared/ssh/connect.ts";
import { writersOf } from "./race.ts";

/** How long a query may take, and wait for a lock. */
export type Limits = { readonly statementTimeoutMs: number; readonly lockTimeoutMs: number };

export type Reading = { readonly catalog: Catalog; readonly writers: string };

/** A database that is only read. */
export type Database = {
  readonly address: DatabaseAddress;
  /** As it may be printed. */
  readonly shown: string;
  /** Does work on a connection of its own; what fails becomes a UserError. */
  use<T>(work: (client: PostgresClient) => Promise<T>): Promise<T>;
  /** Reads its whole schema, and which transactions had written before that. */
  read(): Promise<Reading>;
};

/** A database by its address, through an SSH connection where one is given. Connects when it is used. */
export function databaseAt(
  address: DatabaseAddress,
  limits: Limits,
  { signal }: Pick<Runtime, "signal">,
  hop?: SshConnection,
): Database {
  const stream = hop === undefined ? {} : { stream: () => hop.forward(address.host, address.port, signal) };
  const use = <T>(work: (client: PostgresClient) => Promise<T>): Promise<T> =>
    withSession(address, { applicationName: "schema-drift", signal, ...stream }, work);
  return {
    address,
    shown: describeAddress(address),
    use,
    read: () =>
      use(async (client) => {
        const writers = await writersOf(client);
        return { catalog: await readCatalog(client, limits), writers };
      }),
  };
}
