import type { Client } from "pg";
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

/** Reads the locale of the connected database. For PostgreSQL 14 and newer; rejects as a query does. */
export async function databaseLocale(client: Pick<Client, "query">): Promise<DatabaseLocale> {
  // As JSON, since the columns differ from major to major.
  const { rows } = await client.query<{ readonly row: Readonly<Record<string, string | null>> }>(
    `select to_jsonb(d) || jsonb_build_object('encoding', pg_catalog.pg_encoding_to_char(d.encoding)) as row
       from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`,
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

/**
 * The statement that makes an empty database, from template0, which nobody has added anything to. Without a locale it
 * gets the server's own.
 */
export function createDatabaseStatement(name: string, locale: DatabaseLocale | undefined): string {
  const head = `CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE template0`;
  if (locale === undefined) return head;
  const parts = [
    `ENCODING ${quoteLiteral(locale.encoding)}`,
    `LC_COLLATE ${quoteLiteral(locale.collate)}`,
    `LC_CTYPE ${quoteLiteral(locale.ctype)}`,
  ];
  if (locale.provider !== "c") {
    const kind = locale.provider === "i" ? "ICU" : "BUILTIN";
    parts.push(`LOCALE_PROVIDER ${locale.provider === "i" ? "icu" : "builtin"}`);
    if (locale.locale !== undefined) parts.push(`${kind}_LOCALE ${quoteLiteral(locale.locale)}`);
    if (locale.icuRules !== undefined) parts.push(`ICU_RULES ${quoteLiteral(locale.icuRules)}`);
  }
  return [head, ...parts].join(" ");
}
