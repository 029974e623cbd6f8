import type { Client } from "pg";
import { UserError } from "../runtime/user-error.ts";
import type { ServerVersion } from "./server-version.ts";
import { quoteIdentifier, quoteLiteral } from "./sql.ts";

/** What a database is made with and cannot be changed later; pg_dump does not hold it unless told to create. */
export type DatabaseLocale = {
  /** As PostgreSQL writes it: UTF8, SQL_ASCII, LATIN1 … */
  readonly encoding: string;
  /** c: libc, i: ICU (since 15), b: builtin (since 17). */
  readonly provider: "c" | "i" | "b";
  readonly collate: string;
  readonly ctype: string;
  /** The locale of ICU or of the builtin provider. */
  readonly locale: string | undefined;
  /** Tailoring of ICU's locale (since 16). */
  readonly icuRules: string | undefined;
};

/** Reads the locale of a database, else the connected one. For PostgreSQL 14 and newer; rejects as a query does. */
export async function databaseLocale(client: Pick<Client, "query">, name?: string): Promise<DatabaseLocale> {
  // As JSON, since the columns differ from major to major.
  const { rows } = await client.query<{ readonly row: Readonly<Record<string, string | null>> }>(
    `select to_jsonb(d) || jsonb_build_object('encoding', pg_catalog.pg_encoding_to_char(d.encoding)) as row
       from pg_catalog.pg_database d where d.datname = ${name === undefined ? "pg_catalog.current_database()" : quoteLiteral(name)}`,
  );
  const row = rows[0]?.row ?? {};
  const provider = row["datlocprovider"] ?? "c";
  if (provider !== "c" && provider !== "i" && provider !== "b") {
    throw new Error(`unknown locale provider ${JSON.stringify(provider)}`);
  }
  return {
    encoding: row["encoding"] ?? "",
    provider,
    collate: row["datcollate"] ?? "",
    ctype: row["datctype"] ?? "",
    // daticulocale until 16, datlocale since 17.
    locale: row["datlocale"] ?? row["daticulocale"] ?? undefined,
    icuRules: row["daticurules"] ?? undefined,
  };
}

/** Why a server of this version can make no database of that locale; undefined where it can. Pure. */
export function unsupportedLocale(
  locale: DatabaseLocale,
  { major, full }: ServerVersion,
): UserError | undefined {
  const { provider, icuRules } = locale;
  const [what, since] =
    provider === "b"
      ? ["the builtin locale provider", BUILTIN_SINCE]
      : provider === "i" && icuRules !== undefined
        ? ["rules of its own for ICU", RULES_SINCE]
        : provider === "i"
          ? ["the locale provider ICU", PROVIDERS_SINCE]
          : ["libc", 0];
  if (major >= since) return undefined;
  return new UserError(
    `The database uses ${what}, which there is since PostgreSQL ${since}; this server is PostgreSQL ${full}.`,
    {
      hint: `Take a server of PostgreSQL ${since} or newer; or make an empty database of the locale that you want, and set mode: into-empty.`,
    },
  );
}

const PROVIDERS_SINCE = 15;
const RULES_SINCE = 16;
const BUILTIN_SINCE = 17;

/**
 * The statement that makes an empty database, from template0, which nobody has added anything to. Without a locale it
 * gets the server's own. `major` is the server's.
 */
export function createDatabaseStatement(
  name: string,
  locale: DatabaseLocale | undefined,
  major: number,
): string {
  const head = `CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE template0`;
  if (locale === undefined) return head;
  const parts = [
    `ENCODING ${quoteLiteral(locale.encoding)}`,
    `LC_COLLATE ${quoteLiteral(locale.collate)}`,
    `LC_CTYPE ${quoteLiteral(locale.ctype)}`,
  ];
  // Left out, it is template0's, which is that of initdb: not libc everywhere.
  if (locale.provider !== "c" || major >= PROVIDERS_SINCE) {
    parts.push(`LOCALE_PROVIDER ${PROVIDERS[locale.provider]}`);
  }
  if (locale.provider !== "c") {
    const kind = locale.provider === "i" ? "ICU" : "BUILTIN";
    if (locale.locale !== undefined) parts.push(`${kind}_LOCALE ${quoteLiteral(locale.locale)}`);
    if (locale.icuRules !== undefined) parts.push(`ICU_RULES ${quoteLiteral(locale.icuRules)}`);
  }
  return [head, ...parts].join(" ");
}

const PROVIDERS = { c: "libc", i: "icu", b: "builtin" } as const;

/** In what a database that was made differs from what was wanted, in words; texts in it sort in another way. Pure. */
export function localeDifferences(wanted: DatabaseLocale, made: DatabaseLocale, major: number): string[] {
  const say = (what: string, want: string | undefined, is: string | undefined): string[] =>
    want === is
      ? []
      : [`${what} ${JSON.stringify(is ?? "none")} instead of ${JSON.stringify(want ?? "none")}`];
  // Since 16 the server writes names of ICU in their standard form: en-US for en_US.
  const rewritten = wanted.provider === "i" && made.provider === "i" && major >= 16;
  return [
    ...say("encoding", wanted.encoding, made.encoding),
    ...say("locale provider", PROVIDERS[wanted.provider], PROVIDERS[made.provider]),
    ...say("LC_COLLATE", asLibcSays(wanted.collate), asLibcSays(made.collate)),
    ...say("LC_CTYPE", asLibcSays(wanted.ctype), asLibcSays(made.ctype)),
    ...(rewritten ? [] : say("locale", wanted.locale, made.locale)),
    ...say("ICU rules", wanted.icuRules, made.icuRules),
  ];
}

/** setlocale(3): two names of one locale, of which the server keeps what its libc prefers. */
function asLibcSays(name: string): string {
  return name === "POSIX" ? "C" : name;
}
