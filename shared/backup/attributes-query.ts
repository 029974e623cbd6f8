/** The grants on the database `d` of pg_database as JSON, as `attributesSchema` has them; null for the default ones. */
export const DATABASE_GRANTS = `
  case when d.datacl is null then null else (
    select coalesce(json_agg(json_build_object(
             'grantee', case when a.grantee = 0 then null else pg_catalog.pg_get_userbyid(a.grantee) end,
             'grantor', pg_catalog.pg_get_userbyid(a.grantor),
             'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]'::json)
      from pg_catalog.aclexplode(d.datacl) a) end`;

/** Its settings, those for single roles among them, in the same way. */
export const DATABASE_SETTINGS = `
  (select coalesce(json_agg(json_build_object(
            'role', case when s.setrole = 0 then null else pg_catalog.pg_get_userbyid(s.setrole) end,
            'name', split_part(c.entry, '=', 1),
            'value', substr(c.entry, strpos(c.entry, '=') + 1)) order by s.setrole, c.at), '[]'::json)
     from pg_catalog.pg_db_role_setting s, unnest(s.setconfig) with ordinality as c (entry, at)
    where s.setdatabase = d.oid)`;
