import type { Client } from "pg";

/**
 * What there is in the connected database that a new one would not have, in words, at most ten; extensions and what
 * belongs to them do not count, since a restore takes them as they are. Rejects as a query does.
 */
export async function contentOf(client: Pick<Client, "query">): Promise<readonly string[]> {
  const { rows } = await client.query<{ readonly what: string }>(CONTENT);
  return rows.map(({ what }) => what);
}

// Objects with an oid of 16384 and more were made after initdb (FirstNormalObjectId in access/transam.h).
const CONTENT = `
with own as (
  select 'pg_catalog.pg_class'::pg_catalog.regclass as class, c.oid, c.relnamespace as namespace, c.relname as name,
         case c.relkind when 'r' then 'table' when 'p' then 'table' when 'v' then 'view' when 'm' then 'materialized view'
                        when 'S' then 'sequence' when 'f' then 'foreign table' else 'relation' end as kind
    from pg_catalog.pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'c')
  union all
  select 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, p.pronamespace, p.proname, 'function' from pg_catalog.pg_proc p
  union all
  select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typnamespace, t.typname, 'type'
    from pg_catalog.pg_type t where t.typtype in ('e', 'd', 'r')
  union all
  select 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, n.oid, '', 'schema'
    from pg_catalog.pg_namespace n where n.nspname <> 'public'
)
select case own.kind when 'schema' then format('schema %I', n.nspname)
                     else format('%s %I.%I', own.kind, n.nspname, own.name) end as what
  from own join pg_catalog.pg_namespace n on n.oid = own.namespace
 where own.oid >= 16384
   and n.nspname !~ '^pg_(?:toast|temp_|toast_temp_)'
   and not exists (select from pg_catalog.pg_depend d
                    where d.classid = own.class and d.objid = own.oid and d.deptype = 'e')
union all
select format('large object %s', m.oid) from pg_catalog.pg_largeobject_metadata m
 limit 10`;
