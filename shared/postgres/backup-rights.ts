import type { Client } from "pg";

/** Something that a role cannot read, so that its pg_dump would fail or lack it. */
export type BackupGap = {
  readonly kind: "schema" | "table" | "sequence" | "row security" | "large object";
  /** As SQL writes it, quoted where it has to be. */
  readonly name: string;
  /** The statement that mends it, up to the role's name: an owner or a superuser completes and runs it. */
  readonly grant: string;
};

export type BackupRights = {
  /** The role as SQL writes it. */
  readonly role: string;
  readonly gaps: readonly BackupGap[];
};

/**
 * Finds everything in the database that the connected role would need for a full `pg_dump` and may not read: USAGE on
 * schemas, SELECT on tables, sequences and large objects, and tables whose row-level security would hide rows (pg_dump
 * sets row_security to off, and then fails). Reads the catalogs only. For PostgreSQL 14 and newer; rejects as a query does.
 */
export async function backupRights(client: Pick<Client, "query">): Promise<BackupRights> {
  const { rows: roles } = await client.query<{ readonly role: string }>(
    "select quote_ident(current_user) as role",
  );
  const { rows: gaps } = await client.query<BackupGap>(GAPS);
  return { role: roles[0]?.role ?? "", gaps };
}

/** The whole statement that mends a gap, for a role as SQL writes it. */
export function grantStatement({ kind, grant }: BackupGap, role: string): string {
  return kind === "row security" ? `ALTER ROLE ${role} BYPASSRLS` : `${grant} TO ${role}`;
}

/**
 * The tables and sequences that pg_dump locks and reads, as a query. Of an extension's tables it reads only those that
 * the extension calls its configuration (pg_dump.c, getTables and processExtensionTables).
 */
export const DUMPED_RELATIONS = `
  select c.oid, c.relkind, c.relnamespace, n.nspname, c.relname, c.relpages, c.relpersistence
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'S')
     and n.nspname not in ('pg_catalog', 'information_schema')
     and n.nspname !~ '^pg_(?:toast|temp_|toast_temp_)'
     and c.relpersistence <> 't'
     and not exists (
       select from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
          and not exists (select from pg_catalog.pg_extension e where c.oid = any (e.extconfig)))`;

/**
 * pg_read_all_data covers neither row-level security nor large objects. has_largeobject_privilege came with
 * PostgreSQL 18, so the access list is read by hand: the owner has all rights, an empty list is the default one.
 */
const GAPS = `
with dumped as (${DUMPED_RELATIONS}
), gaps as (
  select 1 as rank, 'schema' as kind, pg_catalog.quote_ident(nspname) as name, null::text as grant
    from (select distinct relnamespace, nspname from dumped) s
   where not pg_catalog.has_schema_privilege(relnamespace, 'USAGE')
  union all
  select case relkind when 'S' then 3 else 2 end,
         case relkind when 'S' then 'sequence' else 'table' end,
         pg_catalog.format('%I.%I', nspname, relname), null
    from dumped
   where not case relkind
           when 'S' then pg_catalog.has_sequence_privilege(oid, 'SELECT')
           else pg_catalog.has_table_privilege(oid, 'SELECT')
         end
  union all
  select 4, 'row security', pg_catalog.format('%I.%I', nspname, relname), null
    from dumped
   where relkind in ('r', 'p') and pg_catalog.row_security_active(oid)
  union all
  select 5, 'large object', m.oid::text, null
    from pg_catalog.pg_largeobject_metadata m
   where not (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
     and pg_catalog.current_setting('lo_compat_privileges') = 'off'
     and not pg_catalog.pg_has_role(m.lomowner, 'USAGE')
     and not exists (
       select from pg_catalog.aclexplode(m.lomacl) a
        where a.privilege_type = 'SELECT'
          and (a.grantee = 0 or pg_catalog.pg_has_role(a.grantee, 'USAGE')))
)
select kind, name,
       case kind
         when 'schema' then 'GRANT USAGE ON SCHEMA ' || name
         when 'table' then 'GRANT SELECT ON TABLE ' || name
         when 'sequence' then 'GRANT SELECT ON SEQUENCE ' || name
         when 'large object' then 'GRANT SELECT ON LARGE OBJECT ' || name
         else 'BYPASSRLS'
       end as grant
  from gaps
 order by rank, name
`;
