import { unquoteString } from "./canonical-text.ts";
import type { Kind } from "./model.ts";
import { packedLines, packLine } from "./packed.ts";

/** Stands where a secret was. Two of them compare equal: that a password was changed cannot be seen. */
export const REDACTED = "***";

type Redact = (value: string, name: string) => string;

/** The properties that hold what users configure, by kind: credentials are kept in some of them. */
const CONFIGURED: Partial<Record<Kind, Readonly<Record<string, Redact>>>> = {
  "foreign-data wrapper": { option: redactOption },
  server: { option: redactOption },
  "user mapping": { option: redactMapping },
  "foreign table": { option: redactOption },
  column: { "fdw-option": redactOption },
  subscription: { connection: redactConnection },
  setting: { value: (value, name) => redactSetting(name.slice(name.lastIndexOf(": ") + 2), value) },
  function: { setting: redactAssignment, body: redactLiterals, "sql-body": redactLiterals },
  procedure: { setting: redactAssignment, body: redactLiterals, "sql-body": redactLiterals },
  view: { definition: redactLiterals },
  "materialized view": { definition: redactLiterals },
  // Their arguments are where webhooks have their headers.
  trigger: { definition: redactLiterals },
};

const SIGNS = /=|:\/\/|\bbearer\b/i;

/** The packed properties without the secrets in them. */
export function redactPacked(kind: Kind, name: string, packed: string): string {
  const redactors = CONFIGURED[kind];
  if (redactors === undefined || !(kind === "setting" || SIGNS.test(packed))) return packed;
  if (kind === "column" && !packed.includes("fdw-option ")) return packed;
  return packedLines(packed)
    .map(([property, value]) => packLine(property, redactors[property]?.(value, name) ?? value))
    .join("\n");
}

const SECRET_NAME = /pass|pwd|secret|token|key|cred|auth|sig(?:n|$)|private|salt/i;

/** Names of options whose values say where something is, and not how to get in. */
const PLAIN_NAME =
  /^(?:host|hostaddr|port|dbname|database|user|username|application_name|client_encoding|sslmode|sslrootcert|sslcert|connect_timeout|schema_name|table_name|column_name|schema|table|filename|format|delimiter|quote|escape|null|header|encoding|fetch_size|batch_size|extensions|password_required|key|primary_key)$/i;

/** An option of a foreign-data wrapper, as `name=value`. */
function redactOption(option: string): string {
  const [name, value] = assignment(option);
  if (PLAIN_NAME.test(name)) return `${name}=${withoutCredentials(value)}`;
  return `${name}=${SECRET_NAME.test(name) || looksSecret(value) ? REDACTED : withoutCredentials(value)}`;
}

/** User mappings exist to hold credentials: all but the known harmless options are taken for some. */
function redactMapping(option: string): string {
  const [name, value] = assignment(option);
  const plain = /^(?:user|username|password_required|sslmode)$/i.test(name);
  return `${name}=${plain ? withoutCredentials(value) : REDACTED}`;
}

/** `SET name TO value` of a database, a role or a function. */
function redactSetting(name: string, value: string): string {
  // PostgreSQL's own settings have no dot in their names, and none of those that can be set here is a secret.
  if (!name.includes(".")) return withoutCredentials(value);
  return SECRET_NAME.test(name) || looksSecret(value) ? REDACTED : withoutCredentials(value);
}

function redactAssignment(text: string): string {
  const [name, value] = assignment(text);
  return `${name}=${redactSetting(name, value)}`;
}

function assignment(text: string): readonly [name: string, value: string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** A connection string of libpq: a URL, or `name=value` pairs with values in quotes where they have blanks. */
function redactConnection(text: string): string {
  if (/^\s*\w+:\/\//.test(text)) return withoutCredentials(text);
  return text.replace(/(\w+)(\s*=\s*)('(?:[^'\\]|\\[\s\S])*'|\S*)/g, (whole, name: string, equals: string) =>
    SECRET_NAME.test(name) ? `${name}${equals}${REDACTED}` : whole,
  );
}

/** The text with `***` for the password in a URL, for secrets in its query and in connection strings. */
function withoutCredentials(text: string): string {
  return text
    .replace(/(\w:\/\/[^\s:/@?#]*:)[^\s@]+(?=@)/g, `$1${REDACTED}`)
    .replace(/([?&]([\w.-]+)=)[^&#\s']+/g, (whole, head: string, name: string) =>
      SECRET_NAME.test(name) ? `${head}${REDACTED}` : whole,
    )
    .replace(/(\b(?:password|passwd)\s*=\s*)('(?:[^'\\]|\\[\s\S])*'|[^\s'"]+)/gi, `$1${REDACTED}`)
    .replace(/(\bauthorization"?\s*:\s*"?\w+\s+)[^\s'"]+/gi, `$1${REDACTED}`)
    .replace(/(\bbearer\s+)[^\s'"]{16,}/gi, `$1${REDACTED}`);
}

/**
 * SQL in which a string has credentials, such as a call of dblink. Elsewhere `password = …` is a column that is
 * compared.
 */
function redactLiterals(sql: string): string {
  if (!/passw(?:or)?d\s*=|:\/\/[^\s/]*@|\bbearer\s/i.test(sql)) return sql;
  return sql.replace(/'(?:[^']|'')*'/g, (literal) =>
    /\b(?:host|hostaddr|dbname|user|port|service)\s*=|:\/\/|\bbearer\s/i.test(literal)
      ? `'${withoutCredentials(unquoteString(literal)).replaceAll("'", "''")}'`
      : literal,
  );
}

/** Long, without blanks, and mixed from at least two of lower case, upper case and digits: no word of a language. */
function looksSecret(text: string): boolean {
  const mixed = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(text)).length >= 2;
  return mixed && /^[\w~:.%+/=-]{16,}$/.test(text);
}
