import type { Attributes } from "../../../shared/backup/attributes.ts";
import { DATABASE_GRANTS, DATABASE_SETTINGS } from "../../../shared/backup/attributes-query.ts";
import { type Cluster, clusterOf } from "../../../shared/postgres/cluster.ts";
import { databaseLocale } from "../../../shared/postgres/create-database.ts";
import { type ServerVersion, serverVersion } from "../../../shared/postgres/server-version.ts";
import { asClient, type Session } from "./session.ts";

/** What does not change while a backup is made. */
export type ServerFacts = {
  readonly version: ServerVersion;
  readonly cluster: Cluster;
  readonly locale: Attributes["locale"];
  /** It follows another server, and takes no writes. */
  readonly standby: boolean;
};

/** What is true of a database in one snapshot. */
export type DatabaseFacts = {
  readonly database: string;
  readonly bytes: number;
  readonly extensions: readonly {
    readonly name: string;
    readonly version: string;
    readonly schema: string;
  }[];
  readonly largeObjects: number;
  readonly attributes: Omit<Attributes, "globals" | "locale">;
};

type Row = {
  readonly facts: Omit<Attributes, "globals" | "locale" | "roles" | "owners" | "named"> & {
    readonly roles: readonly string[] | null;
    readonly owners: readonly string[] | null;
    readonly named: readonly string[] | null;
    readonly database: string;
    readonly bytes: number;
    readonly extensions: DatabaseFacts["extensions"] | null;
    readonly large_objects: number;
  };
};

/** Reads them, outside of a transaction. Rejects as a query does. */
export async function serverFacts(session: Session): Promise<ServerFacts> {
  const client = asClient(session);
  const version = await serverVersion(client);
  const cluster = await clusterOf(client);
  const locale = Object.entries(await databaseLocale(client)).filter(([, value]) => value !== undefined);
  const { rows } = await session.query<{ readonly standby: boolean }>(
    "select pg_catalog.pg_is_in_recovery() as standby",
  );
  const standby = rows[0]?.standby === true;
  return { version, cluster, locale: Object.fromEntries(locale) as Attributes["locale"], standby };
}

/** Reads them in the session's snapshot. Rejects as a query does. */
export async function databaseFacts(session: Session): Promise<DatabaseFacts> {
  const { rows } = await session.query<Row>(FACTS);
  const facts = rows[0]?.facts;
  if (facts === undefined) throw new Error("the server does not know the database that we are connected to");
  const { database, bytes, extensions, large_objects: largeObjects, ...attributes } = facts;
  const { roles, owners, named } = attributes;
  return {
    ...{ database, bytes, largeObjects, extensions: extensions ?? [] },
    attributes: {
      ...attributes,
      ...{ roles: [...(roles ?? [])], owners: [...(owners ?? [])], named: [...(named ?? [])] },
    },
  };
}

// What belongs to an extension is made by CREATE EXTENSION, and its owner is not restored.
const ofExtension = (catalog: string, oid: string): string =>
  `exists (select from pg_catalog.pg_depend e where e.deptype = 'e' and e.classid = ${catalog} and e.objid = ${oid})`;

// The server records no dependencies on the role that it was made with (10), which is pinned.
const ownedByPinned = [
  ["pg_class", "o.relowner = 10 and o.relkind in ('r', 'p', 'v', 'm', 'S', 'f')"],
  ["pg_proc", "o.proowner = 10"],
  ["pg_namespace", "o.nspowner = 10 and o.nspname !~ '^pg_'"],
  ["pg_type", "o.typowner = 10 and o.typtype in ('d', 'e', 'r')"],
  ["pg_largeobject_metadata", "o.lomowner = 10"],
]
  .map(
    ([catalog, owned]) => `exists (select from pg_catalog.${catalog} o where o.oid >= 16384 and ${owned}
                    and not ${ofExtension(`'pg_catalog.${catalog}'::pg_catalog.regclass`, "o.oid")})`,
  )
  .join(" or ");

/** Roles that a dump names without owners and privileges, too, as JSON: those of policies and user mappings. */
export const NAMED_ROLES = `
  select json_agg(distinct r.rolname order by r.rolname) from pg_catalog.pg_roles r
   where r.oid in (select u.umuser from pg_catalog.pg_user_mappings u)
      or r.oid in (select unnest(y.polroles) from pg_catalog.pg_policy y)`;

// pg_database_size needs CONNECT or pg_read_all_stats, which whoever is connected has.
const FACTS = `
select json_build_object(
  'database', d.datname,
  'bytes', pg_catalog.pg_database_size(d.oid),
  'owner', pg_catalog.pg_get_userbyid(d.datdba),
  'comment', pg_catalog.shobj_description(d.oid, 'pg_database'),
  'tablespace', t.spcname,
  'connectionLimit', d.datconnlimit,
  'extensions', (
    select json_agg(json_build_object('name', e.extname, 'version', e.extversion, 'schema', n.nspname) order by e.extname)
      from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace),
  'large_objects', (select count(*) from pg_catalog.pg_largeobject_metadata),
  'grants', ${DATABASE_GRANTS},
  'settings', ${DATABASE_SETTINGS},
  'roles', (
    select json_agg(distinct pg_catalog.pg_get_userbyid(p.refobjid) order by pg_catalog.pg_get_userbyid(p.refobjid))
      from pg_catalog.pg_shdepend p
     where p.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and p.deptype <> 'p' and p.refobjid <> 0
       and (p.dbid = d.oid or (p.classid = 'pg_catalog.pg_database'::pg_catalog.regclass and p.objid = d.oid))),
  'owners', (
    select json_agg(distinct r.rolname order by r.rolname) from pg_catalog.pg_roles r
     where (r.oid = 10 and (${ownedByPinned}))
        or exists (select from pg_catalog.pg_shdepend p
                    where p.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass and p.refobjid = r.oid
                      and p.dbid = d.oid and p.deptype = 'o'
                      and p.classid not in ('pg_catalog.pg_user_mapping'::pg_catalog.regclass,
                                            'pg_catalog.pg_extension'::pg_catalog.regclass)
                      and not ${ofExtension("p.classid", "p.objid")})),
  'named', (${NAMED_ROLES})
) as facts
  from pg_catalog.pg_database d join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
 where d.datname = pg_catalog.current_database()`;
