import type { IOType } from "node:child_process";
import type { Stream } from "node:stream";
import type { RunningProgram } from "../../../shared/backup/program.ts";
import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import type { ProgramName } from "../../../shared/postgres/programs.ts";
import type { ServerVersion } from "../../../shared/postgres/server-version.ts";
import type { Session } from "./session.ts";

export type StartOptions = {
  readonly stdin: IOType | Stream;
  readonly onLine?: (line: string) => boolean;
  readonly signal: AbortSignal;
};

/** Programs of PostgreSQL of one version, where they are. */
export type Client = {
  readonly major: number;
  /** Of pg_dump, as it writes it. */
  readonly version: string;
  /** Whether a program of it takes a file descriptor for its stdin. */
  readonly joinable: boolean;
  /** Starts one that talks to the database of the address, or to none. */
  start(
    name: ProgramName,
    args: readonly string[],
    address: DatabaseAddress | undefined,
    options: StartOptions,
  ): Promise<RunningProgram>;
};

/** Where PostgreSQL's programs run: this runner, the SSH host, a container on either. */
export type Place = {
  /** In words, as in "pg_dump on the runner". */
  readonly where: string;
  openSession(address: DatabaseAddress): Promise<Session>;
  /** The programs for a server. Throws a UserError where none fits, with what to install. */
  clientFor(server: ServerVersion): Promise<Client>;
  /** Why the connection behind the programs was lost, where that is known. */
  failure(): unknown;
  close(): Promise<void>;
};
