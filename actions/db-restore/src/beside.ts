import { createHash } from "node:crypto";
import type { Client } from "pg";
import * as z from "zod";
import { queryError } from "../../../shared/postgres/connect.ts";
import {
  createDatabaseStatement,
  type DatabaseLocale,
  databaseLocale,
  localeDifferences,
} from "../../../shared/postgres/create-database.ts";
import { serverVersion } from "../../../shared/postgres/server-version.ts";
import { quoteIdentifier, quoteLiteral } from "../../../shared/postgres/sql.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Target } from "./target.ts";

/** A database of our own beside the target's, which is restored into and then takes the target's name. */
export type Beside = { readonly name: string; readonly oid: string };

/** What the comment of such a database holds until it is finished: whose it is, for whoever finds it. */
export const markSchema = z.strictObject({
  "db-restore": z.literal("unfinished"),
  run: z.string(),
  database: z.string(),
  target: z.string(),
  startedAt: z.string(),
});
export type Mark = z.infer<typeof markSchema>;

// NAMEDATALEN is 64, with the NUL at the end.
const LONGEST_NAME = 63;

/** A name made of another one and an end, cut to what PostgreSQL keeps, never within a character. */
export function nameWithEnd(name: string, end: string): string {
  let kept = name;
  while (Buffer.byteLength(kept + end) > LONGEST_NAME) kept = [...kept].slice(0, -1).join("");
  return kept + end;
}

/** `20261121_071300`, in UTC. */
export function timeInName(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replaceAll("-", "").replaceAll(":", "").replace("T", "_");
}

/** The name of the database that a run restores into. */
export function besideName(target: string, run: string): string {
  return nameWithEnd(target, `_restoring_${run}`);
}

/** Makes it, empty and marked. Throws a UserError. */
export async function makeBeside(
  client: Pick<Client, "query">,
  target: Target,
  options: { readonly locale: DatabaseLocale; readonly tablespace: string | undefined; readonly at: number },
): Promise<Beside> {
  const { address, run } = target;
  const name = besideName(address.database, run);
  const mark: Mark = {
    "db-restore": "unfinished",
    ...{ run, database: name, target: address.database, startedAt: new Date(options.at).toISOString() },
  };
  const place = options.tablespace === undefined ? "" : ` TABLESPACE ${quoteIdentifier(options.tablespace)}`;
  try {
    const { major } = await serverVersion(client);
    await client.query(createDatabaseStatement(name, options.locale, major) + place);
    await client.query(
      `COMMENT ON DATABASE ${quoteIdentifier(name)} IS ${quoteLiteral(JSON.stringify(mark))}`,
    );
    const differences = localeDifferences(options.locale, await databaseLocale(client, name), major);
    if (differences.length > 0) throw otherLocale(differences);
    const { rows } = await client.query<{ readonly oid: string }>(
      `select oid::text as oid from pg_catalog.pg_database where datname = ${quoteLiteral(name)}`,
    );
    return { name, oid: rows[0]?.oid ?? "" };
  } catch (error) {
    throw queryError(error, { ...address, database: name });
  }
}

function otherLocale(differences: readonly string[]): UserError {
  return new UserError(
    `The server makes no database as the one that was backed up: the new one has ${differences.join(", ")}.`,
    {
      hint: "Texts would sort and compare in another way. Nothing was restored. Where that does not matter, make an empty database yourself, and set mode: into-empty.",
    },
  );
}

/** A stable number for an advisory lock: one restore at a time for each target database. */
export function lockKey(database: string): string {
  return createHash("sha256").update(`db-restore ${database}`).digest().readBigInt64BE(0).toString();
}
