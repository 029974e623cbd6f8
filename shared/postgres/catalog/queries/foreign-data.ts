import {
  commentJoin,
  commentLine,
  eachLine,
  line,
  notOfExtension,
  notPreset,
  ownAccessLines,
  ownerLine,
  roleName,
  routineLine,
  rows,
} from "./sql.ts";

/** Foreign-data wrappers, servers and user mappings. Their options are redacted by whoever reads the rows. */
export function foreignDataQueries(superuser: boolean): readonly string[] {
  return [
    rows(
      "foreign-data wrapper",
      "quote_ident(w.fdwname)",
      [
        ownerLine("w.fdwowner"),
        ownAccessLines("w.fdwacl", "F", "w.fdwowner"),
        routineLine("handler", "w.fdwhandler"),
        routineLine("validator", "w.fdwvalidator"),
        eachLine("option", "w.fdwoptions"),
        commentLine(),
      ],
      `pg_foreign_data_wrapper w ${commentJoin("pg_foreign_data_wrapper", "w.oid")}
       where ${notPreset("w.oid")} and ${notOfExtension("pg_foreign_data_wrapper", "w.oid")}`,
    ),
    rows(
      "server",
      "quote_ident(s.srvname)",
      [
        ownerLine("s.srvowner"),
        ownAccessLines("s.srvacl", "S", "s.srvowner"),
        line(
          "wrapper",
          "(select quote_ident(fdwname) from pg_foreign_data_wrapper w where w.oid = s.srvfdw)",
        ),
        line("type", "s.srvtype"),
        line("version", "s.srvversion"),
        eachLine("option", "s.srvoptions"),
        commentLine(),
      ],
      `pg_foreign_server s ${commentJoin("pg_foreign_server", "s.oid")}
       where ${notOfExtension("pg_foreign_server", "s.oid")}`,
    ),
    // To others than superusers the view shows some options, and null where it hides them or there are none.
    rows(
      "user mapping",
      `case when m.umuser = 0 then 'PUBLIC' else ${roleName("m.umuser")} end || ' at ' || quote_ident(m.srvname)`,
      [line("server", "quote_ident(m.srvname)"), ...(superuser ? [eachLine("option", "m.umoptions")] : [])],
      "pg_user_mappings m",
    ),
  ];
}
