import type { Attributes } from "../../../shared/backup/attributes.ts";
import { quoteIdentifier, quoteLiteral } from "../../../shared/postgres/sql.ts";

type Wanted = Pick<Attributes, "owner" | "grants" | "settings" | "connectionLimit">;

export type Choices = {
  /** Leaves the database to whoever restores, without grants. */
  readonly noOwner: boolean;
  /** Settings that the server does not know, by name. */
  readonly withoutSettings: readonly string[];
};

/** The statements that give a database its owner, grants and settings. Pure. */
export function attributeStatements(database: string, wanted: Wanted, choices: Choices): string[] {
  const name = quoteIdentifier(database);
  const statements: string[] = [];
  if (wanted.connectionLimit !== -1) {
    statements.push(`ALTER DATABASE ${name} CONNECTION LIMIT ${wanted.connectionLimit}`);
  }
  for (const setting of wanted.settings) {
    if (choices.withoutSettings.includes(setting.name)) continue;
    if (choices.noOwner && setting.role !== null) continue;
    const who =
      setting.role === null
        ? `ALTER DATABASE ${name}`
        : `ALTER ROLE ${quoteIdentifier(setting.role)} IN DATABASE ${name}`;
    statements.push(
      `${who} SET ${settingName(setting.name)} TO ${settingValue(setting.name, setting.value)}`,
    );
  }
  if (choices.noOwner) return statements;
  // The owner last: whoever is not a superuser may then do less.
  if (wanted.grants !== null) statements.push(...grantStatements(name, wanted.owner, wanted.grants));
  statements.push(`ALTER DATABASE ${name} OWNER TO ${quoteIdentifier(wanted.owner)}`);
  const lost = PRIVILEGES.filter((privilege) => ownerLacks(privilege, wanted));
  if (lost.length > 0) {
    statements.push(`REVOKE ${lost.join(", ")} ON DATABASE ${name} FROM ${quoteIdentifier(wanted.owner)}`);
  }
  return statements;
}

const PRIVILEGES = ["CREATE", "CONNECT", "TEMPORARY"] as const;

/** An owner has all rights unless somebody took some away. */
function ownerLacks(privilege: (typeof PRIVILEGES)[number], { owner, grants }: Wanted): boolean {
  if (grants === null) return false;
  return !grants.some((grant) => grant.grantee === owner && grant.privilege === privilege);
}

/** Names of settings may have a dot, around which each part is quoted by itself. */
function settingName(name: string): string {
  return name.split(".").map(quoteIdentifier).join(".");
}

// Settings that are lists hold their entries quoted already (pg_dump's variable_is_guc_list_quote in dumputils.c).
const LISTS = new Set([
  ...["local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries"],
  ...["temp_tablespaces", "unix_socket_directories"],
]);

function settingValue(name: string, value: string): string {
  if (!LISTS.has(name.toLowerCase())) return quoteLiteral(value);
  return value === "" ? "''" : splitList(value).map(quoteLiteral).join(", ");
}

/** The entries of a list such as `"$user", public`. */
function splitList(value: string): string[] {
  const entries = value.match(/"(?:[^"]|"")*"|[^,"\s][^,"]*/g) ?? [];
  return entries.map((entry) => {
    const text = entry.trim();
    return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
  });
}

function grantStatements(name: string, owner: string, grants: NonNullable<Attributes["grants"]>): string[] {
  const revoke = `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`;
  // The owner's own rights come with the ownership.
  const given = grants.filter(({ grantee }) => grantee !== owner);
  return [
    revoke,
    ...given.map(({ grantee, privilege, grantable }) => {
      const whom = grantee === null ? "PUBLIC" : quoteIdentifier(grantee);
      return `GRANT ${privilege} ON DATABASE ${name} TO ${whom}${grantable ? " WITH GRANT OPTION" : ""}`;
    }),
  ];
}
