import { complaintOf } from "../../../shared/backup/complaint.ts";
import { endText, startProgram } from "../../../shared/backup/program.ts";
import { networkReason } from "../../../shared/net/reason.ts";
import { databaseArgument } from "../../../shared/postgres/libpq-access.ts";
import type { Program } from "../../../shared/postgres/programs.ts";
import { remoteLine, remoteText } from "../../../shared/runtime/remote-text.ts";
import { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import type { Target } from "./target.ts";

export type RestoreOptions = {
  readonly program: Program;
  readonly target: Target;
  readonly database: string;
  readonly archive: string;
  /** Sessions that load at once; undefined for one transaction, all or nothing. */
  readonly jobs: number | undefined;
  readonly noOwner: boolean;
  /** A list of what to restore, as pg_restore takes it, where something is left out. */
  readonly list: string | undefined;
  readonly signal: AbortSignal;
  /** What it is at: `TABLE DATA orders`. */
  readonly onItem: (item: string) => void;
};

// With --verbose, pg_restore tells what it is at (pg_backup_archiver.c; messages are in English by LC_ALL).
const ITEM = /^pg_restore: (?:finished item \d+ |creating |processing data for |executing )(.*)$/;
const OWN = /^pg_restore: /;
const PROGRESS = /^pg_restore: (?!error|warning|detail|hint|fatal|while|from TOC|could not)/;

/** Runs pg_restore, which stops at the first error. Throws a UserError that says which object failed and why. */
export async function restore(options: RestoreOptions): Promise<void> {
  const { program, target, database, archive, jobs, noOwner, list, signal, onItem } = options;
  let ofProgress = false;
  const access = await target.access(database);
  try {
    const running = startProgram(
      program.path,
      [
        ...["--exit-on-error", "--no-password", "--verbose"],
        ...(jobs === undefined ? ["--single-transaction"] : [`--jobs=${jobs}`]),
        ...(noOwner ? ["--no-owner", "--no-privileges"] : []),
        ...(list === undefined ? [] : [`--use-list=${list}`]),
        ...[`--dbname=${databaseArgument(database)}`, archive],
      ],
      {
        ...{ env: access.env, stdin: "ignore", signal },
        onLine: (line) => {
          const item = ITEM.exec(line)?.[1];
          if (item !== undefined) onItem(item);
          // What the server adds to a message of progress goes with it.
          if (OWN.test(line)) ofProgress = PROGRESS.test(line);
          return ofProgress;
        },
      },
    );
    running.stdout?.resume();
    const end = await running.ended.catch((cause: unknown) => {
      throw new UserError(`${program.path} could not be started: ${String(cause)}.`, {
        hint: "See the input pg-bin.",
        cause,
      });
    });
    signal.throwIfAborted();
    if (end.code !== 0) throw restoreError(running.stderr(), endText(end), options);
  } finally {
    await access.close();
  }
}

function restoreError(
  stderr: string,
  end: string,
  { target, program, jobs }: RestoreOptions,
): UserError | UserErrors {
  const lost = target.failure();
  if (lost instanceof UserError || lost instanceof UserErrors) return lost;
  const said = complaintOf(stderr);
  const why = lost === undefined ? undefined : networkReason(lost)?.why;
  const first = /^error: (.*)$/m.exec(said)?.[1] ?? said.split("\n")[0] ?? "";
  const object = /from TOC entry \d+; \d+ \d+ (.*)$/m.exec(said)?.[1];
  const what = object === undefined ? "" : ` at ${remoteLine(object)}`;
  const reason = why ?? remoteLine(first.replace(/^could not execute query: /, ""), { max: 600 });
  return new UserError(
    `pg_restore ${program.version} failed with ${end}${what}: ${reason.replace(/\.$/, "")}.${detail(said, first)}`,
    { hint: restoreHint(said, jobs === undefined) },
  );
}

/** What else it said, where that is more than the one line. */
function detail(said: string, first: string): string {
  const rest = said
    .split("\n")
    .filter((line) => !line.includes(first) && !/^(?:while |from TOC)/.test(line))
    .join("\n");
  return rest.trim() === "" ? "" : `\n${remoteText(rest, { max: 1_500 })}`;
}

function restoreHint(said: string, inTransaction: boolean): string {
  if (/must be able to SET ROLE|must be member of role|permission denied|must be owner/.test(said)) {
    return "The user may not do this: restore as a superuser or as the owner, or set no-owner: true.";
  }
  if (/unrecognized configuration parameter/.test(said))
    return "The archive is from a newer major version than this server. Restore into one of that version.";
  if (/No space left|could not extend file/.test(said)) return "The server's disk is full: make room there.";
  if (
    /terminating connection|server closed the connection|SSL SYSCALL|connection to server was lost/.test(said)
  ) {
    return "The server ended the connection: it was stopped or restarted, or the network was cut. See its log and run the step again.";
  }
  if (/out of shared memory/.test(said))
    return "Raise max_locks_per_transaction on the server, or use mode: new or swap, which need no single transaction.";
  if (!inTransaction)
    return "No database was touched but one of our own, which goes again. See the server's log.";
  return /\bERROR: /.test(said)
    ? "The transaction was rolled back, and the database is as it was. See the server's log."
    : "The server rolls back what was not committed. See its log, and what is in the database.";
}
