import type { Client } from "pg";
import type { Attributes } from "../../../shared/backup/attributes.ts";
import type { Manifest } from "../../../shared/backup/manifest.ts";
import { type ServerVersion, serverVersion } from "../../../shared/postgres/server-version.ts";
import { quoteLiteral } from "../../../shared/postgres/sql.ts";
import { type DatabaseState, databaseState } from "./database-attributes.ts";
import { HIDDEN, MAY_END } from "./sessions.ts";

/** What is true of the target server, before anything is done to it. */
export type ServerFacts = {
  readonly version: ServerVersion;
  readonly user: string;
  readonly superuser: boolean;
  readonly mayCreateDatabases: boolean;
  readonly mayCreateRoles: boolean;
  /** The target database, where there is one. */
  readonly database: DatabaseState | undefined;
  /** Whether the user is the owner of the target database, or may act as such. */
  readonly ownsDatabase: boolean;
  /** Roles that the backup needs and the server lacks. */
  readonly missingRoles: readonly string[];
  /** Roles of the backup that are there, and that the user may not act as: it cannot make them owners. */
  readonly foreignRoles: readonly string[];
  /** Whether the user has the rights of the backup's owner without SET ROLE, or will have those of one that it makes. */
  readonly actsAsOwner: boolean;
  /** Extensions of the backup that are not installed on the server's machine. */
  readonly missingExtensions: readonly string[];
  /** Settings of the database that the server does not know. */
  readonly unknownSettings: readonly string[];
  readonly missingTablespace: boolean;
  /** Sessions in the target database that this user may not end, in words. */
  readonly unendableSessions: readonly string[];
  /** How many sessions in the target database may be at work or not: the user cannot see it. */
  readonly hiddenSessions: number;
  /** Transactions prepared in the target database: they outlive their sessions and pin its name. */
  readonly preparedTransactions: number;
};

// Every server knows them, and pg_settings has them not (GUC_NO_SHOW_ALL in guc_tables.c).
const UNLISTED = new Set(["role", "session_authorization"]);

/** Reads the facts, from any database of the server. Rejects as a query does. */
export async function serverFacts(
  client: Pick<Client, "query">,
  wanted: { readonly database: string; readonly manifest: Manifest; readonly attributes: Attributes },
): Promise<ServerFacts> {
  const { database, manifest, attributes } = wanted;
  const version = await serverVersion(client);
  const state = await databaseState(client, database);
  const { settings, owner, roles, owners, named, grants, tablespace } = attributes;
  const needed = [
    ...new Set([
      ...[owner, ...roles, ...(owners ?? []), ...(named ?? [])],
      ...(grants ?? []).flatMap(({ grantee }) => grantee ?? []),
      ...settings.flatMap(({ role }) => role ?? []),
    ]),
  ];
  const extensions = manifest.extensions.map(({ name }) => name);
  const names = settings.map(({ name }) => name).filter((name) => !name.includes(".") && !UNLISTED.has(name));
  const { rows } = await client.query<{ readonly facts: Row }>(`
    select json_build_object(
      'user', current_user, 'superuser', r.rolsuper,
      'mayCreateDatabases', r.rolsuper or r.rolcreatedb, 'mayCreateRoles', r.rolsuper or r.rolcreaterole,
      'ownsDatabase', coalesce((select pg_catalog.pg_has_role(d.datdba, 'USAGE') from pg_catalog.pg_database d
                                 where d.datname = ${quoteLiteral(database)}), false),
      'missingRoles', (select json_agg(n order by n) from ${texts(needed)} where not exists
                        (select from pg_catalog.pg_roles where rolname = n)),
      'foreignRoles', (select json_agg(n order by n) from ${texts(needed)} join pg_catalog.pg_roles o on o.rolname = n
                        where not pg_catalog.pg_has_role(o.oid, ${quoteLiteral(version.major >= 16 ? "SET" : "MEMBER")})),
      'actsAsOwner', coalesce((select pg_catalog.pg_has_role(o.oid, 'USAGE') from pg_catalog.pg_roles o
                                where o.rolname = ${quoteLiteral(owner)}), r.rolsuper or r.rolinherit),
      'missingExtensions', (select json_agg(n) from ${texts(extensions)} where not exists
                             (select from pg_catalog.pg_available_extensions where name = n)),
      'unknownSettings', (select json_agg(distinct n) from ${texts(names)} where not exists
                           (select from pg_catalog.pg_settings where lower(name) = lower(n))),
      'missingTablespace', not exists (select from pg_catalog.pg_tablespace where spcname = ${quoteLiteral(tablespace)}),
      'unendableSessions', (
        select json_agg(format('%s of %s', a.pid, coalesce(a.usename, '?')))
          from pg_catalog.pg_stat_activity a
         where a.datname = ${quoteLiteral(database)} and a.usesysid is not null and not ${MAY_END}),
      'hiddenSessions', (select count(*) from pg_catalog.pg_stat_activity
                          where datname = ${quoteLiteral(database)} and ${HIDDEN}),
      'preparedTransactions', (select count(*) from pg_catalog.pg_prepared_xacts
                                where database = ${quoteLiteral(database)})
    ) as facts from pg_catalog.pg_roles r where r.rolname = current_user`);
  const facts = rows[0]?.facts;
  if (facts === undefined) throw new Error("the server does not know the user that we are connected as");
  const list = (value: readonly string[] | null): readonly string[] => value ?? [];
  return {
    ...facts,
    version,
    database: state,
    missingRoles: list(facts.missingRoles),
    foreignRoles: list(facts.foreignRoles),
    missingExtensions: list(facts.missingExtensions),
    unknownSettings: list(facts.unknownSettings),
    unendableSessions: list(facts.unendableSessions),
  };
}

type Lists = "missingRoles" | "foreignRoles" | "missingExtensions" | "unknownSettings" | "unendableSessions";
type Row = Omit<ServerFacts, Lists | "version" | "database"> & {
  readonly [Name in Lists]: readonly string[] | null;
};

/** The texts as a table with one column, n. */
function texts(values: readonly string[]): string {
  return `pg_catalog.unnest(array[${values.map(quoteLiteral).join(", ")}]::text[]) as n`;
}
