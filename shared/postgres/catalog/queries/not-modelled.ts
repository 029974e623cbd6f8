import { accessLines, notOfExtension, qualified, rows } from "./sql.ts";

/**
 * What the other queries leave out, so that it is not passed over in silence: labels of security providers, large
 * objects, what users put into PostgreSQL's own schemas, and what acts on tables of extensions.
 */
export function notModelledQueries(): readonly string[] {
  return [
    rows(
      "not modelled",
      "'security label of ' || provider || ' on ' || objtype || coalesce(' ' || objname, '')",
      ["null::text"],
      `pg_seclabels where objtype not in ('role', 'tablespace')
         and (objtype <> 'database' or objname = quote_ident(current_database()))`,
    ),
    `select distinct 'not modelled', 'large objects', '' from pg_largeobject_metadata`,
    rows(
      "not modelled",
      `case k.what when 'c' then 'relation ' when 'f' then 'routine ' else 'type ' end || ${qualified("n.nspname", "k.name")}`,
      ["null::text"],
      `(select 'c' as what, relnamespace as namespace, relname as name, oid from pg_class
         where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and ${notOfExtension("pg_class", "oid")}
        union all
        select 'f', pronamespace, proname, oid from pg_proc where ${notOfExtension("pg_proc", "oid")}
        union all
        select 't', typnamespace, typname, oid from pg_type
         where typtype in ('d', 'e', 'r', 'b') and typelem = 0 and typrelid = 0 and ${notOfExtension("pg_type", "oid")}) k
       join pg_namespace n on n.oid = k.namespace
       where k.oid >= 16384 and n.nspname in ('pg_catalog', 'information_schema')`,
    ),
    // Whose tables these are says nothing of who made them: they run or hide rows all the same.
    rows(
      "not modelled",
      "k.what || ' ' || quote_ident(k.name) || ' on ' || k.relation::regclass",
      ["null::text"],
      `(select 'trigger' as what, tgname as name, tgrelid as relation from pg_trigger
         where not tgisinternal and tgparentid = 0
        union all
        select 'rule', rulename, ev_class from pg_rewrite where rulename <> '_RETURN'
        union all
        select 'policy', polname, polrelid from pg_policy) k
       where not ${notOfExtension("pg_class", "k.relation")}`,
    ),
    presetPrivileges,
  ];
}

/** Privileges that were changed on what an extension or PostgreSQL itself brought; pg_init_privs has the first ones. */
const presetPrivileges = `select kind, name, packed from (${rows(
  "preset object",
  `what || ' ' || name`,
  [accessLines("acl", "initial", "owner")],
  `(
    select 'relation' as what, ${qualified("n.nspname", "c.relname")} as name, c.relacl as acl, c.relowner as owner,
           coalesce(i.initprivs, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner)) as initial
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      left join pg_init_privs i on i.classoid = 'pg_class'::regclass and i.objoid = c.oid and i.objsubid = 0
     where c.relacl is distinct from i.initprivs and c.relacl is not null and c.relpersistence <> 't'
       and (n.nspname = 'pg_catalog' or not ${notOfExtension("pg_class", "c.oid")})
    union all
    select 'routine', ${qualified("n.nspname", "p.proname")} || '(' || oidvectortypes(p.proargtypes) || ')',
           p.proacl, p.proowner, coalesce(i.initprivs, acldefault('f', p.proowner))
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      left join pg_init_privs i on i.classoid = 'pg_proc'::regclass and i.objoid = p.oid and i.objsubid = 0
     where p.proacl is distinct from i.initprivs and p.proacl is not null
       and (n.nspname = 'pg_catalog' or not ${notOfExtension("pg_proc", "p.oid")})
    union all
    select 'type', ${qualified("n.nspname", "t.typname")}, t.typacl, t.typowner,
           coalesce(i.initprivs, acldefault('T', t.typowner))
      from pg_type t join pg_namespace n on n.oid = t.typnamespace
      left join pg_init_privs i on i.classoid = 'pg_type'::regclass and i.objoid = t.oid and i.objsubid = 0
     where t.typacl is distinct from i.initprivs and t.typacl is not null
       and (n.nspname = 'pg_catalog' or not ${notOfExtension("pg_type", "t.oid")})
    union all
    select 'schema', quote_ident(n.nspname), n.nspacl, n.nspowner, coalesce(i.initprivs, acldefault('n', n.nspowner))
      from pg_namespace n
      left join pg_init_privs i on i.classoid = 'pg_namespace'::regclass and i.objoid = n.oid and i.objsubid = 0
     where n.nspacl is distinct from i.initprivs and n.nspacl is not null
       and (n.nspname = 'pg_catalog' or not ${notOfExtension("pg_namespace", "n.oid")})
    union all
    select 'language', quote_ident(l.lanname), l.lanacl, l.lanowner, coalesce(i.initprivs, acldefault('l', l.lanowner))
      from pg_language l
      left join pg_init_privs i on i.classoid = 'pg_language'::regclass and i.objoid = l.oid and i.objsubid = 0
     where l.lanacl is distinct from i.initprivs and l.lanacl is not null
       and (l.oid < 16384 or not ${notOfExtension("pg_language", "l.oid")})
  ) changed`,
)}) of_preset (kind, name, packed) where packed <> ''`;
