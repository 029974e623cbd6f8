import { quoteIdentifier, quoteLiteral } from "../../../shared/postgres/sql.ts";
import { nameWithEnd, timeInName } from "./beside.ts";

/**
 * The statements that put the database back in place that was there before a swap, for psql in another database of the
 * server: sessions are ended, and the names change in one transaction. Pure.
 */
export function wayBack(database: string, previous: string, at: number): string[] {
  const aside = nameWithEnd(database, `_restored_${timeInName(at)}`);
  return [
    `ALTER DATABASE ${quoteIdentifier(database)} ALLOW_CONNECTIONS false;`,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (${quoteLiteral(database)}, ${quoteLiteral(previous)});`,
    "BEGIN;",
    `ALTER DATABASE ${quoteIdentifier(database)} RENAME TO ${quoteIdentifier(aside)};`,
    `ALTER DATABASE ${quoteIdentifier(previous)} RENAME TO ${quoteIdentifier(database)};`,
    "COMMIT;",
    `ALTER DATABASE ${quoteIdentifier(aside)} ALLOW_CONNECTIONS true;`,
  ];
}
