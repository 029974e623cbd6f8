import type { Client } from "pg";
import type { Attributes, DatabaseSetting } from "../../../shared/backup/attributes.ts";
import type { Manifest } from "../../../shared/backup/manifest.ts";
import { quoteLiteral } from "../../../shared/postgres/sql.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Inputs } from "./inputs.ts";
import type { ServerFacts } from "./server-facts.ts";

/** What the server would refuse this user only at the very end, or in the midst of restoring. */
export type Forbidden = {
  /** Extensions that only a superuser may make. */
  readonly extensions: readonly string[];
  /** The server is a provider's, which lets this user make extensions that elsewhere need a superuser. */
  readonly lenient: boolean;
  /** Settings that the user may not give a database, such as `work_mem for app`. */
  readonly settings: readonly string[];
};

type Wanted = {
  readonly major: number;
  /** Extensions that are in the connected database are there already. */
  readonly present: boolean;
  readonly extensions: readonly string[];
  readonly settings: readonly DatabaseSetting[];
};

// Administrators of Amazon RDS, Google Cloud SQL and AlloyDB, Azure and Neon: no superusers, but the servers are changed
// so that they may make the extensions that the provider allows.
const PROVIDERS = [
  "rds_superuser",
  "cloudsqlsuperuser",
  "alloydbsuperuser",
  "azure_pg_admin",
  "neon_superuser",
];

/** Looks it up, from any database of the server. Rejects as a query does. */
export async function forbidden(client: Pick<Client, "query">, wanted: Wanted): Promise<Forbidden> {
  const { major, present, extensions, settings } = wanted;
  const literals = (texts: readonly string[]) => `array[${texts.map(quoteLiteral).join(", ")}]::text[]`;
  const mayGive = major >= 15 ? "pg_catalog.has_parameter_privilege(s.name, 'SET')" : "false";
  // Those of a superuser are for superusers to change; those of others for whoever may make roles, and since 16 administers it.
  const administers = major >= 16 ? "and pg_catalog.pg_has_role(o.oid, 'MEMBER WITH ADMIN OPTION')" : "";
  const { rows } = await client.query<{ readonly found: Forbidden }>(`
    select json_build_object(
      'extensions', (select coalesce(json_agg(a.name order by a.name), '[]') from pg_catalog.pg_available_extensions a
                      join pg_catalog.pg_available_extension_versions v on v.name = a.name and v.version = a.default_version
                     where not r.rolsuper and v.superuser and not v.trusted and a.name = any (${literals(extensions)})
                       ${present ? "and a.installed_version is null" : ""}),
      'lenient', exists (select from pg_catalog.pg_roles p where p.rolname = any (${literals(PROVIDERS)})
                          and pg_catalog.pg_has_role(p.oid, 'MEMBER')),
      'settings', (
        select coalesce(json_agg(s.name || coalesce(' for ' || s.role, '')), '[]')
          from json_to_recordset(${quoteLiteral(JSON.stringify(settings))}) as s (role text, name text)
          left join pg_catalog.pg_roles o on o.rolname = s.role
          left join pg_catalog.pg_settings g on lower(g.name) = lower(s.name)
         where not r.rolsuper and (
               (o.rolsuper or (o.oid <> r.oid and not (r.rolcreaterole ${administers})))
            or (s.name not in ('role', 'session_authorization') and coalesce(g.context, '') <> 'user' and not ${mayGive})))
    ) as found from pg_catalog.pg_roles r where r.rolname = current_user`);
  const found = rows[0]?.found;
  if (found === undefined) throw new Error("the server does not know the user that we are connected as");
  return found;
}

/** What a run will want to make and to set. Pure. */
export function forbiddable(
  { mode, noOwner, skipExtensions }: Pick<Inputs, "mode" | "noOwner" | "skipExtensions">,
  server: Pick<ServerFacts, "version" | "database" | "unknownSettings">,
  { manifest, attributes }: { readonly manifest: Manifest; readonly attributes: Attributes },
): Wanted {
  // What is unknown has its own problem. In place of another database, that one's settings hold.
  const given = attributes.settings.filter(
    ({ role, name }) => !server.unknownSettings.includes(name) && !(noOwner && role !== null),
  );
  return {
    major: server.version.major,
    present: mode === "into-empty",
    extensions: manifest.extensions.map(({ name }) => name).filter((name) => !skipExtensions.includes(name)),
    settings: mode === "into-empty" ? [] : mode === "swap" ? (server.database?.settings ?? []) : given,
  };
}

export function forbiddenRemarks({ extensions, lenient }: Forbidden): string[] {
  if (!lenient || extensions.length === 0) return [];
  return [`Where the provider does not allow this user to make ${extensions.join(", ")}, restoring fails.`];
}

export function forbiddenProblems(user: string, { extensions, lenient, settings }: Forbidden): UserError[] {
  const problems: UserError[] = [];
  if (extensions.length > 0 && !lenient) {
    problems.push(
      new UserError(`The user ${user} may not make extensions of the backup: ${extensions.join(", ")}.`, {
        hint: `Restore as a superuser; or have one make an empty database with them, and set mode: into-empty; or set skip-extensions: ${extensions.join(",")} if nothing in the data needs them.`,
        where: { input: "skip-extensions" },
      }),
    );
  }
  if (settings.length > 0) {
    problems.push(
      new UserError(`The user ${user} may not give a database its settings: ${settings.join(", ")}.`, {
        hint: "Restore as a superuser, or run GRANT SET ON PARAMETER … TO … (PostgreSQL 15 and newer). Settings for other roles need CREATEROLE, too, and since PostgreSQL 16 to administer the role. In mode into-empty, settings are not touched.",
      }),
    );
  }
  return problems;
}
