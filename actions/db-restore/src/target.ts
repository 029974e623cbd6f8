import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { connectPostgres, type PostgresClient, queryError } from "../../../shared/postgres/connect.ts";
import { type LibpqAccess, libpqAccess } from "../../../shared/postgres/libpq-access.ts";
import { openRelay, type Relay } from "../../../shared/postgres/relay.ts";

/** The server that is restored into. */
export type Target = {
  /** Of the database that the inputs name; it may not exist yet. */
  readonly address: DatabaseAddress;
  /** Tells this run from others; stands in the name of its sessions, where every session of the server can see it. */
  readonly run: string;
  /** Connects to one of its databases. Throws a UserError. `signal` replaces the run's own. */
  connect(database: string, signal?: AbortSignal): Promise<PostgresClient>;
  /** What PostgreSQL's programs need to log in at one of its databases. Close it when they have ended. */
  access(database: string): Promise<LibpqAccess>;
  /** Why the way there was lost, where that is known. */
  failure(): unknown;
  close(): Promise<void>;
};

type Options = {
  readonly address: DatabaseAddress;
  /** Opens a way to the server through the SSH hop; undefined without one. */
  readonly tunnel: (() => Promise<Duplex>) | undefined;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly signal: AbortSignal;
};

/** How the sessions of a run are called in pg_stat_activity. */
export function sessionName(run: string): string {
  return `db-restore ${run}`;
}

// Servers, databases and roles can have settings that would end a session which waits for pg_restore, or a statement that
// reads all there is; not every major knows all of them.
const WITHOUT_TIMEOUTS = `
  select pg_catalog.set_config(name, '0', false) from pg_catalog.pg_settings
   where name in ('statement_timeout', 'lock_timeout', 'idle_session_timeout', 'transaction_timeout')`;

/** The server of an address, reached directly or through a tunnel. Nothing is connected to before its first use. */
export function openTarget({ address, tunnel, env, signal }: Options): Target {
  const run = randomBytes(6).toString("hex");
  const applicationName = sessionName(run);
  let relay: Relay | undefined;
  return {
    address,
    run,
    connect: async (database, own) => {
      const client = await connectPostgres(
        { ...address, database, applicationName },
        { applicationName, signal: own ?? signal, ...(tunnel === undefined ? {} : { stream: tunnel }) },
      );
      try {
        await client.query(WITHOUT_TIMEOUTS);
        return client;
      } catch (error) {
        await client.close();
        throw queryError(error, address);
      }
    },
    access: async (database) => {
      if (tunnel !== undefined) relay ??= await openRelay(tunnel, signal);
      return libpqAccess({ ...address, database, applicationName }, { env, relay });
    },
    failure: () => relay?.failure(),
    close: async () => relay?.close(),
  };
}
