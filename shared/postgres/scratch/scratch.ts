import type { DatabaseAddress } from "../address.ts";
import type { Cluster } from "../cluster.ts";
import type { DatabaseLocale } from "../create-database.ts";
import type { Program } from "../programs.ts";
import type { ServerVersion } from "../server-version.ts";
import { openScratchUrl } from "./scratch-url.ts";
import { startTemporaryServer } from "./temporary-server.ts";

/** A server on which databases may be made, filled and thrown away: never the one that matters. */
export type ScratchServer = {
  readonly version: ServerVersion;
  /** For people: "a temporary PostgreSQL 16.4 on this runner", "checker@scratch.example:5432". */
  readonly where: string;
  /** Makes an empty database with a random name. Throws a UserError. */
  newDatabase(locale?: DatabaseLocale): Promise<ScratchDatabase>;
  /** Makes a copy of one of its databases, schema and data, while nobody is connected to that. Throws a UserError. */
  copyOf(database: ScratchDatabase): Promise<ScratchDatabase>;
  /** Drops the databases that are left, and stops a temporary server and removes its files. Safe to call twice. */
  close(): Promise<void>;
};

export type ScratchDatabase = {
  readonly address: DatabaseAddress;
  /**
   * The whole environment of programs that fill it: of the step's own nothing but PATH and the like, and of addresses
   * this one alone, as libpq's variables with a password file. A tool that wants a URL gets it from `address`.
   */
  readonly env: Readonly<Record<string, string>>;
  /** Drops it, also while somebody is connected. Safe to call twice. */
  drop(): Promise<void>;
};

export type ScratchOptions = {
  /** The database that `scratch-url` names, in which databases can be made; undefined for a temporary server. */
  readonly url: DatabaseAddress | undefined;
  /** The server of the target, which must be another one. */
  readonly target: { readonly cluster: Cluster; readonly address: DatabaseAddress };
  /** The major of a temporary server. */
  readonly major: number;
  /** What `findPrograms` found of `postgres` and `initdb`. */
  readonly programs: readonly Program[];
  /**
   * `socket`: a temporary server listens on a Unix socket in a private directory, which every program of PostgreSQL
   * can use; `tcp`: on a port of loopback too, for other tools.
   */
  readonly reach: "socket" | "tcp";
  /** The step's environment. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Ends the server and all connections at once. `close` still cleans up after it. */
  readonly signal: AbortSignal;
  readonly info: (line: string) => void;
};

/**
 * Opens the place for scratch databases: on the server of `scratch-url`, or on a temporary server that is started from
 * the runner's own PostgreSQL, as another user where this one is root, and that ends with this process even if it is
 * killed. Register `close` with the clean-up before anything else. Throws a UserError: also when `scratch-url` is on
 * the cluster of the target.
 */
export async function openScratch(options: ScratchOptions): Promise<ScratchServer> {
  const { url } = options;
  return url === undefined ? startTemporaryServer(options) : openScratchUrl(url, options);
}
