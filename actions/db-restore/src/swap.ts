import type { Client } from "pg";
import { queryError } from "../../../shared/postgres/connect.ts";
import { isServerError } from "../../../shared/postgres/failure.ts";
import { quoteIdentifier, quoteLiteral } from "../../../shared/postgres/sql.ts";
import type { Clock } from "../../../shared/runtime/clock.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Beside } from "./beside.ts";
import { BUSY, HIDDEN, MAY_END } from "./sessions.ts";
import type { Target } from "./target.ts";

export type RenameOptions = {
  readonly target: Target;
  readonly beside: Beside;
  /** The comment that the restored database is to have. */
  readonly comment: string | null;
  /** Whether it is to be a template, which only now it may be: a template cannot be dropped. */
  readonly isTemplate: boolean;
  /** The database that has the name now, and the name that it gets; undefined where the name is free. */
  readonly old: { readonly oid: string; readonly name: string } | undefined;
  /** How long transactions that are under way in it may go on, milliseconds. */
  readonly drainMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly info: (line: string) => void;
  /** The database that all this is done from, and a session in it. */
  readonly maintenance: { readonly name: string; readonly client: Pick<Client, "query"> };
};

// PostgreSQL waits five seconds for the last sessions of a database to end before it refuses to rename it
// (procarray.c, CountOtherDBBackends).
const LOCKED_MS = 3_000;
const PAUSE_MS = 50;
// Should this machine disappear, the server ends our session, and with it the transaction, after these.
const GUARDS = [
  "set local lock_timeout = '5s'",
  "set local statement_timeout = '15s'",
  "set local idle_in_transaction_session_timeout = '10s'",
].join("; ");

/**
 * Gives the restored database the target's name, and the one that has it now another name: in one transaction, so that
 * there is always a database of that name, and nothing to be repaired whoever is killed when. While it lasts, newcomers
 * wait: they have looked the name up and want a lock on what they found, which the renaming holds. They look again once
 * they get it, find the name gone from it, and are sent away with 3D000 (postinit.c, InitPostgres); whoever comes after
 * the commit gets the restored database. Throws a UserError; then nothing was renamed. Returns how long newcomers could
 * not get in, in milliseconds.
 */
export async function takeName(options: RenameOptions): Promise<number> {
  const { target, beside, old, comment, isTemplate, clock, signal, maintenance } = options;
  const { database } = target.address;
  if (old !== undefined) await drain(options);
  signal.throwIfAborted();
  // Not ended by the run's signal: it takes seconds at most, and its end decides what has become of the names.
  const client = await target.connect(maintenance.name, AbortSignal.timeout(30_000));
  const started = clock.monotonic();
  try {
    await client.query(`begin; ${GUARDS}`);
    await whileEndingSessions(options, async () => {
      if (old !== undefined) {
        await client.query(
          `ALTER DATABASE ${quoteIdentifier(database)} RENAME TO ${quoteIdentifier(old.name)}`,
        );
        await expectOid(client, old.name, old.oid, database);
      }
      await client.query(
        `ALTER DATABASE ${quoteIdentifier(beside.name)} RENAME TO ${quoteIdentifier(database)}`,
      );
    });
    await expectOid(client, database, beside.oid, database);
    await client.query(
      `COMMENT ON DATABASE ${quoteIdentifier(database)} IS ${comment === null ? "NULL" : quoteLiteral(comment)}`,
    );
    if (isTemplate) await client.query(`ALTER DATABASE ${quoteIdentifier(database)} IS_TEMPLATE true`);
    signal.throwIfAborted();
    await client.query("commit");
    return clock.monotonic() - started;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    if (signal.aborted && error === signal.reason) throw error;
    // Lost with the answer to the commit, perhaps: the names tell.
    if (await hasName(options)) return clock.monotonic() - started;
    throw renameError(error, options);
  } finally {
    await client.close();
  }
}

/** Whether the restored database has its final name; false also where that cannot be found out. */
async function hasName({ target, beside, maintenance }: RenameOptions): Promise<boolean> {
  const { rows } = await maintenance.client
    .query<{ readonly oid: string }>(oidOf(target.address.database))
    .catch(() => ({ rows: [] }));
  return rows[0]?.oid === beside.oid;
}

function oidOf(database: string): string {
  return `select oid::text as oid from pg_catalog.pg_database where datname = ${quoteLiteral(database)}`;
}

/** Waits for a moment without a transaction in the old database, as long as that is allowed. */
async function drain({ target, maintenance, drainMs, clock, signal, info }: RenameOptions): Promise<void> {
  const until = clock.monotonic() + drainMs;
  for (let said = 0; ; ) {
    const { rows } = await maintenance.client.query<{ readonly busy: number }>(
      `select count(*)::int as busy from pg_catalog.pg_stat_activity
        where datname = ${quoteLiteral(target.address.database)} and ${BUSY}`,
    );
    const busy = rows[0]?.busy ?? 0;
    const left = until - clock.monotonic();
    if (busy === 0 || left <= 0) return;
    if (said !== busy) info(`Waiting for ${busy} session${busy === 1 ? "" : "s"} with work under way`);
    said = busy;
    await clock.sleep(Math.min(PAUSE_MS * 4, left), signal);
  }
}

/**
 * Does the work, and meanwhile ends the sessions of both databases: of the old one idle ones and those whose state cannot
 * be seen at once and the others a little later, and of the restored one those of programs that look into every database
 * there is.
 */
async function whileEndingSessions(options: RenameOptions, work: () => Promise<void>): Promise<void> {
  const { target, beside, maintenance, clock } = options;
  const over = new AbortController();
  const started = clock.monotonic();
  const end = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const patient = clock.monotonic() - started < LOCKED_MS;
      await maintenance.client
        .query(
          `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
            where datname in (${quoteLiteral(target.address.database)}, ${quoteLiteral(beside.name)})
              and ${MAY_END} and coalesce(backend_type, '') <> 'autovacuum worker'
              ${patient ? `and (state = 'idle' or ${HIDDEN})` : ""}`,
        )
        .catch(() => undefined); // Renaming fails then, and says who is in the way.
      await clock.sleep(PAUSE_MS, over.signal).catch(() => undefined);
    }
  };
  const ending = end();
  try {
    await work();
  } finally {
    over.abort();
    await ending;
  }
}

async function expectOid(
  client: Pick<Client, "query">,
  name: string,
  oid: string,
  database: string,
): Promise<void> {
  const { rows } = await client.query<{ readonly oid: string }>(oidOf(name));
  if (rows[0]?.oid !== oid) throw replaced(database);
}

function replaced(database: string, cause?: unknown): UserError {
  return new UserError(
    `The database ${JSON.stringify(database)} was renamed or replaced by somebody else in the meantime.`,
    {
      hint: "See who restores, drops or renames databases there. Nothing was renamed; run the step again.",
      cause,
    },
  );
}

function renameError(error: unknown, { target, old }: RenameOptions): unknown {
  const database = JSON.stringify(target.address.database);
  if (!isServerError(error)) return queryError(error, target.address);
  if (error.code === "55006") {
    return new UserError(`The database ${database} could not be freed of its sessions: ${error.message}.`, {
      hint: "Something connects faster than it is ended, belongs to a user whose sessions this one may not end, or holds a prepared transaction or a replication slot. Stop the application and run the step again. Nothing was renamed.",
      cause: error,
    });
  }
  if (error.code === "3D000") return replaced(target.address.database, error);
  if (error.code === "42P04" || error.code === "23505") {
    const name = old === undefined ? database : `${database} or ${JSON.stringify(old.name)}`;
    return new UserError(`There is a database ${name} now, which was not there before.`, {
      hint: "Somebody made it while this run restored. Nothing was renamed; run the step again.",
      cause: error,
    });
  }
  return queryError(error, target.address);
}
