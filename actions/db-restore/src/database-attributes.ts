import type { Client } from "pg";
import type { Attributes } from "../../../shared/backup/attributes.ts";
import { DATABASE_GRANTS, DATABASE_SETTINGS } from "../../../shared/backup/attributes-query.ts";
import { quoteLiteral } from "../../../shared/postgres/sql.ts";

/** A database of the target, and what belongs to it and is in no dump. */
export type DatabaseState = Pick<
  Attributes,
  "owner" | "comment" | "tablespace" | "connectionLimit" | "grants" | "settings"
> & {
  readonly oid: string;
  readonly name: string;
  readonly allowsConnections: boolean;
  readonly isTemplate: boolean;
};

/** Reads it from any database of the server; undefined when there is none of that name. Rejects as a query does. */
export async function databaseState(
  client: Pick<Client, "query">,
  name: string,
): Promise<DatabaseState | undefined> {
  const { rows } = await client.query<{ readonly state: DatabaseState }>(`
    select json_build_object(
      'oid', d.oid::text,
      'name', d.datname,
      'owner', pg_catalog.pg_get_userbyid(d.datdba),
      'comment', pg_catalog.shobj_description(d.oid, 'pg_database'),
      'tablespace', t.spcname,
      'connectionLimit', d.datconnlimit,
      'allowsConnections', d.datallowconn,
      'isTemplate', d.datistemplate,
      'grants', ${DATABASE_GRANTS},
      'settings', ${DATABASE_SETTINGS}
    ) as state
      from pg_catalog.pg_database d join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
     where d.datname = ${quoteLiteral(name)}`);
  return rows[0]?.state;
}
