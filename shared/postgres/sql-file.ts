import { remoteLine } from "../runtime/remote-text.ts";
import { UserError } from "../runtime/user-error.ts";
import type { PostgresClient } from "./connect.ts";
import { isServerError } from "./failure.ts";
import { splitStatements } from "./statements.ts";

/** SQL out of a file; `line` is that of its first character, counted from 1. */
export type SqlText = { readonly file: string; readonly sql: string; readonly line: number };

/**
 * Runs SQL as psql would, statement by statement, each in a transaction of its own unless the text says otherwise. Throws a
 * UserError with the line of the statement that failed.
 */
export async function runSql(
  client: PostgresClient,
  { file, sql, line }: SqlText,
  signal: AbortSignal,
): Promise<void> {
  for (const statement of splitStatements(sql, { file, line })) {
    signal.throwIfAborted();
    try {
      await client.query(statement.sql);
    } catch (error) {
      signal.throwIfAborted();
      if (!isServerError(error)) throw error;
      throw sqlError(error, file, statement);
    }
  }
}

function sqlError(
  error: Error & { readonly code: string; readonly position?: string; readonly hint?: string },
  file: string,
  statement: { readonly sql: string; readonly line: number },
): UserError {
  const before = statement.sql.slice(0, Math.max(0, Number(error.position ?? 1) - 1));
  const line = statement.line + before.split("\n").length - 1;
  const text = remoteLine(error.message);
  const hint = error.hint === undefined ? "" : ` ${remoteLine(error.hint)}`;
  const shown = remoteLine(statement.sql.split("\n")[line - statement.line] ?? "", { max: 120 });
  return new UserError(`${file}, line ${line}: ${text} (SQLSTATE ${error.code}): ${shown}`, {
    hint: `It was run in an empty scratch database.${hint}${missing(error.code)}`,
    where: { file, line },
    cause: error,
  });
}

function missing(sqlstate: string): string {
  switch (sqlstate) {
    case "0A000":
    case "58P01":
      return " Install the extension where the scratch server runs, or give a scratch-url that has it.";
    case "42704":
      return " If it is a role: a temporary server gets the roles of the database, a scratch-url needs them already.";
    default:
      return "";
  }
}
