import { isServerError } from "../../../shared/postgres/failure.ts";
import type { Logger } from "../../../shared/runtime/logger.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { formatDuration } from "../../../shared/runtime/values.ts";
import { type DumpedRelation, dumpedRelations, qualified } from "./dumped-tables.ts";
import type { Session } from "./session.ts";

/** One state of the database, which the dump and the counts both see. */
export type Snapshot = {
  /** For `pg_dump --snapshot`; good as long as the session's transaction is open. */
  readonly id: string;
  /** By the server's clock, milliseconds since 1970. */
  readonly at: number;
  /** In the snapshot. */
  readonly relations: readonly DumpedRelation[];
};

type Options = {
  readonly lockTimeoutMs: number;
  readonly log: Logger;
  readonly monotonic: () => number;
};

// Waiting in pieces, so that who is in the way can be told while it lasts.
const LOCK_SLICE_MS = 5_000;
const LOCKS_AT_ONCE = 500;
const ATTEMPTS = 5;

/**
 * Locks every table as pg_dump does (ACCESS SHARE: others read and write on), and takes a snapshot after that, so that no
 * table can be changed or emptied between the snapshot and the dump. Leaves the transaction open. Throws a UserError that
 * names the sessions in the way when the locks are not to be had in time.
 */
export async function takeSnapshot(session: Session, options: Options): Promise<Snapshot> {
  const { lockTimeoutMs, log, monotonic } = options;
  const deadline = monotonic() + lockTimeoutMs;
  // Not every major knows it, and to ask within the transaction would be to take its snapshot.
  await session.query(
    "select pg_catalog.set_config(name, '0', false) as value from pg_catalog.pg_settings where name = 'transaction_timeout'",
  );
  await endWithClient(session);
  for (let attempt = 1; ; ) {
    const left = Math.max(1, Math.ceil(deadline - monotonic()));
    const before = await dumpedRelations(session);
    await begin(session, Math.min(LOCK_SLICE_MS, left));
    try {
      await lockAll(session, before);
      const snapshot = await exportSnapshot(session);
      return { ...snapshot, relations: await dumpedRelations(session) };
    } catch (error) {
      await session.query("rollback");
      if (!isServerError(error)) throw error;
      // A table went between the list and its lock: the list is made anew.
      if (error.code === "42P01" || error.code === "3F000") {
        if (attempt++ < ATTEMPTS) continue;
        throw error;
      }
      if (error.code === "53200") throw tooManyLocks(before.length, error);
      if (error.code !== "55P03") throw error;
      const blockers = await blockersOf(session, before);
      if (monotonic() >= deadline) throw locked(blockers, lockTimeoutMs, error);
      log.info(`Waiting for a lock: ${blockers.join("; ") || "whoever held it has just gone"}`);
    }
  }
}

/**
 * Has the server look every second whether this client is still there: it would count for hours, and hold its locks, for a
 * run that was cancelled. PostgreSQL refuses where the operating system cannot tell (the manual, client_connection_check_interval).
 */
async function endWithClient(session: Session): Promise<void> {
  try {
    await session.query("set client_connection_check_interval = '1s'");
  } catch (error) {
    if (!isServerError(error)) throw error;
  }
}

async function begin(session: Session, lockTimeoutMs: number): Promise<void> {
  await session.query("begin isolation level repeatable read read only");
  // Roles and databases can have settings that would end a long transaction.
  await session.query(
    [
      `set local lock_timeout = ${lockTimeoutMs}`,
      "set local statement_timeout = 0",
      "set local idle_in_transaction_session_timeout = 0",
      // Rows that a policy hides must be an error, not a smaller count.
      "set local row_security = off",
      "set local search_path = ''",
      // As pg_dump writes values (pg_dump.c, setup_connection): counts and checksums must not depend on the role's own.
      "set local datestyle = 'ISO'",
      "set local intervalstyle = 'postgres'",
      "set local timezone = 'UTC'",
      "set local extra_float_digits = 1",
      "set local bytea_output = 'hex'",
    ].join("; "),
  );
}

async function lockAll(session: Session, relations: readonly DumpedRelation[]): Promise<void> {
  const tables = relations.filter(({ kind }) => kind !== "S").map(qualified);
  for (let at = 0; at < tables.length; at += LOCKS_AT_ONCE) {
    const names = tables.slice(at, at + LOCKS_AT_ONCE).map((name) => `only ${name}`);
    await session.query(`lock table ${names.join(", ")} in access share mode`);
  }
}

async function exportSnapshot(session: Session): Promise<{ readonly id: string; readonly at: number }> {
  const { rows } = await session.query<{ readonly id: string; readonly at: string }>(
    `select pg_catalog.pg_export_snapshot() as id,
            (extract(epoch from pg_catalog.clock_timestamp()) * 1000)::bigint::text as at`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error("the server exported no snapshot");
  return { id: row.id, at: Number(row.at) };
}

type Blocker = {
  readonly pid: number;
  readonly who: string;
  readonly application: string;
  readonly state: string;
  readonly since: string;
  readonly relation: string;
};

/** Who holds, or waits before us for, a lock that keeps everybody out. In words. */
export async function blockersOf(session: Session, relations: readonly DumpedRelation[]): Promise<string[]> {
  const ours = new Set(relations.map(({ schema, name }) => `${schema}.${name}`));
  // ACCESS EXCLUSIVE is the only mode that conflicts with ACCESS SHARE (the manual, 13.3).
  const { rows } = await session.query<Blocker>(`
    select l.pid, coalesce(a.usename, '?') as who, coalesce(a.application_name, '') as application,
           coalesce(a.state, '?') as state,
           coalesce(extract(epoch from clock_timestamp() - coalesce(a.xact_start, a.backend_start))::int::text, '?') as since,
           n.nspname || '.' || c.relname as relation
      from pg_catalog.pg_locks l
      join pg_catalog.pg_class c on c.oid = l.relation
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join pg_catalog.pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock'
       and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
     order by l.granted desc, a.xact_start`);
  return rows
    .filter(({ relation }) => ours.has(relation))
    .map(({ pid, who, application, state, since, relation }) => {
      const name = application === "" ? who : `${who} (${application})`;
      return remoteLine(`session ${pid} of ${name}, ${state} for ${since} s, locks ${relation}`);
    });
}

/** The error for locks that were not to be had. */
export function locked(blockers: readonly string[], lockTimeoutMs: number, cause: unknown): UserError {
  const who = blockers.length === 0 ? "by a session that has just gone" : `by ${blockers.join("; ")}`;
  return new UserError(
    `A table could not be locked for reading within ${formatDuration(lockTimeoutMs)}: it is held ${who}.`,
    {
      hint: "Wait for it to end (a migration, most often), end it with select pg_terminate_backend(<session>), or raise lock-timeout.",
      where: { input: "lock-timeout" },
      cause,
    },
  );
}

function tooManyLocks(relations: number, cause: unknown): UserError {
  return new UserError(`The server has no room for the locks on ${relations} tables and sequences.`, {
    hint: "Raise max_locks_per_transaction on the server (it takes a restart); pg_dump needs one lock for each table.",
    cause,
  });
}
