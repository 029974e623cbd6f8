import { complaintOf } from "../../../shared/backup/complaint.ts";
import { type DumpSource, LostReader } from "../../../shared/backup/encode.ts";
import { endText, type RunningProgram } from "../../../shared/backup/program.ts";
import { networkReason } from "../../../shared/net/reason.ts";
import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { databaseArgument } from "../../../shared/postgres/libpq-access.ts";
import { remoteLine, remoteText } from "../../../shared/runtime/remote-text.ts";
import { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import type { Client, Place } from "./place.ts";
import type { Snapshot } from "./snapshot.ts";

type Options = {
  readonly place: Place;
  readonly client: Client;
  readonly address: DatabaseAddress;
  readonly snapshot: Snapshot;
  readonly lockTimeoutMs: number;
  readonly standby: boolean;
  readonly signal: AbortSignal;
  /** The table whose rows are being written, as `schema.name`. */
  readonly onTable: (name: string) => void;
  /** Is told what pg_dump warns of in a dump that is whole: a subscription that only a superuser may read, say. */
  readonly onWarning: (text: string) => void;
};

export type Dump = DumpSource & {
  /** Once it holds its locks on all tables: resolves then, or when it has ended. */
  readonly locked: Promise<void>;
};

// With --verbose, pg_dump tells what it is at (pg_dump.c; messages are in English by LC_ALL).
const DUMPING = /^pg_dump: dumping contents of table "(.*)"$/;
const PAST_LOCKS = /^pg_dump: (?:saving |dumping |reading dependency data)/;
const PROGRESS = /^pg_dump: (?!error|warning|detail|hint|fatal)|^pg_dump: last built-in OID/;

/** Starts pg_dump on a snapshot. Uncompressed, since compressing is what this process has better means for. */
export async function startDump(options: Options): Promise<Dump> {
  const { place, client, address, snapshot, lockTimeoutMs, standby, signal, onTable, onWarning } = options;
  const locked = Promise.withResolvers<void>();
  const program = await client.start(
    "pg_dump",
    [
      ...["--format=custom", "--compress=0", "--no-password", "--verbose", "--no-sync"],
      ...[`--snapshot=${snapshot.id}`, `--lock-wait-timeout=${lockTimeoutMs}`],
      ...(standby ? ["--no-unlogged-table-data"] : []),
      `--dbname=${databaseArgument(address.database)}`,
    ],
    address,
    {
      stdin: "ignore",
      signal,
      onLine: (line) => {
        if (PAST_LOCKS.test(line)) locked.resolve();
        const table = DUMPING.exec(line)?.[1];
        if (table !== undefined) onTable(table);
        return PROGRESS.test(line);
      },
    },
  );
  const whole = program.ended.then(
    (end) => {
      if (end.code !== 0) throw dumpError(program, end, place);
      const said = remoteText(complaintOf(program.stderr()), { max: 2_000 });
      if (said !== "") onWarning(said);
    },
    (cause: unknown) => {
      throw notRun(cause, place);
    },
  );
  whole.catch(() => undefined);
  whole.finally(locked.resolve).catch(() => undefined);
  return { output: program, whole, kill: program.kill, locked: locked.promise };
}

/** The error for a pg_dump of whose end nothing is known. */
function notRun(cause: unknown, place: Place): Error {
  // That the connection was lost, say.
  if (cause instanceof UserError || cause instanceof UserErrors) return cause;
  const { syscall, message = String(cause) } = cause as NodeJS.ErrnoException;
  const why = remoteLine(message).replace(/\.$/, "");
  if (syscall?.startsWith("spawn") === true) {
    return new UserError(`pg_dump could not be started on ${place.where}: ${why}.`, {
      hint: "See the input pg-bin.",
      cause,
    });
  }
  return new UserError(`pg_dump on ${place.where} did not run to its end: ${why}.`, {
    hint: "Run the step again; see the log of that machine.",
    cause,
  });
}

function dumpError(program: RunningProgram, end: Awaited<RunningProgram["ended"]>, place: Place): Error {
  const said = remoteLine(complaintOf(program.stderr()), { max: 600 });
  // Its reader went: whatever that was failed first (PostgreSQL's file streams, and a socket as pipe).
  if (
    /could not write to output file|Broken pipe|Connection reset by peer$/.test(said) ||
    end.signal === "SIGPIPE"
  ) {
    return new LostReader(said);
  }
  const lost = place.failure();
  if (lost instanceof UserError || lost instanceof UserErrors) return lost;
  const why = lost === undefined ? said : (networkReason(lost)?.why ?? said);
  return new UserError(
    `pg_dump on ${place.where} failed with ${endText(end)}${why === "" ? "" : `: ${why.replace(/\.$/, "")}`}.`,
    { hint: dumpHint(said, end) },
  );
}

function dumpHint(said: string, end: Awaited<RunningProgram["ended"]>): string {
  if (end.signal !== null)
    return "Something ended it from outside: see the memory of the machine, and whoever may have killed it.";
  if (/canceling statement due to (?:statement|lock) timeout/.test(said)) {
    return "A table was locked by another session, most often a migration: raise lock-timeout, or run the backup at another time.";
  }
  if (/server version mismatch/.test(said))
    return "Install the pg_dump of the server's own major version, or set pg-bin.";
  if (/permission denied|row-level security/.test(said))
    return "Grant the role what is missing; see the README, What the role needs.";
  if (
    /terminating connection|server closed the connection|connection to server was lost|SSL SYSCALL/.test(said)
  ) {
    return "The server ended the connection: it was stopped or restarted, an administrator ended the session, or the network was cut. See its log and run the step again.";
  }
  if (/out of shared memory/.test(said)) return "Raise max_locks_per_transaction on the server.";
  if (/invalid snapshot identifier|could not import the requested snapshot/.test(said)) {
    return "A pooler may stand between, or the address leads to several servers: give the address of the one server.";
  }
  return "See the server's log; what pg_dump wrote stands above.";
}
