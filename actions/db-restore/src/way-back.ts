import { quoteIdentifier, quoteLiteral } from "../../../shared/postgres/sql.ts";
import { nameWithEnd, timeInName } from "./beside.ts";

/**
 * The statements that put the database back in place that was there before a swap, for psql in another database of the
 * server: sessions are ended, and the names change in one transaction. Where that fails, psql goes on, and the first
 * statement after it opens again what the first one of all has closed; the last then finds nothing to open. Pure.
 */
export function wayBack(database: string, previous: string, at: number): string[] {
  const aside = nameWithEnd(database, `_restored_${timeInName(at)}`);
  // The server ends workers of autovacuum by itself, and lets nobody but superusers do so.
  const theirs = `datname IN (${quoteLiteral(database)}, ${quoteLiteral(previous)}) AND backend_type <> 'autovacuum worker'`;
  return [
    `ALTER DATABASE ${quoteIdentifier(database)} ALLOW_CONNECTIONS false;`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${theirs};`,
    "BEGIN;",
    `ALTER DATABASE ${quoteIdentifier(database)} RENAME TO ${quoteIdentifier(aside)};`,
    `ALTER DATABASE ${quoteIdentifier(previous)} RENAME TO ${quoteIdentifier(database)};`,
    "COMMIT;",
    `ALTER DATABASE ${quoteIdentifier(database)} ALLOW_CONNECTIONS true;`,
    `ALTER DATABASE ${quoteIdentifier(aside)} ALLOW_CONNECTIONS true;`,
  ];
}
