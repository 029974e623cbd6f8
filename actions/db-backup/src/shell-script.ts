import type { DatabaseAddress } from "../../../shared/postgres/address.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

/** A text as one word of a POSIX shell. */
export function quoteWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** How a program is run by a shell. */
export type Script = {
  /** Statements, each with its semicolon: the program's environment, and what is read from stdin first. */
  readonly setUp: string;
  /** The program with its arguments. */
  readonly command: string;
  readonly firstLine: string;
};

/**
 * The script for a machine where no file of ours can be: the login is in the environment of the program alone. The
 * password is read from stdin, since everybody can see command lines; as octal escapes in a line of its own, which the
 * shell's `read` takes byte by byte, so that the rest is left for the program. Throws a UserError.
 */
export function scriptFor(
  program: string,
  args: readonly string[],
  address: DatabaseAddress | undefined,
  applicationName: string,
): Script {
  const command = [program, ...args].map(quoteWord).join(" ");
  if (address === undefined) return { setUp: "LC_ALL=C; export LC_ALL;", command, firstLine: "" };
  const { host, port, user, database, password, sslmode, sslrootcert, channelBinding, options } = address;
  if (sslrootcert?.kind === "pem") {
    throw new UserError("sslrootcert is a certificate, and the program runs where it cannot be put.", {
      hint: "Put the certificate on that machine or into the container, and give its path there; or sslrootcert=system.",
      where: { input: "database-url" },
    });
  }
  const root = sslrootcert?.kind === "file" ? sslrootcert.path : sslrootcert?.kind;
  const variables = Object.entries({
    ...{
      LC_ALL: "C",
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGDATABASE: database,
      PGSSLMODE: sslmode,
    },
    ...{ PGSSLROOTCERT: root, PGCHANNELBINDING: channelBinding, PGGSSENCMODE: "disable", PGOPTIONS: options },
    ...{
      PGAPPNAME: address.applicationName ?? applicationName,
      PGCONNECT_TIMEOUT: "20",
      PGPASSFILE: "/dev/null",
    },
  }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const set = variables.map(([name, value]) => `${name}=${quoteWord(value)}`).join(" ");
  const names = variables.map(([name]) => name).join(" ");
  const take = `IFS= read -r PGPASSWORD && PGPASSWORD=$(printf %b "$PGPASSWORD") && export PGPASSWORD`;
  const forget = `if [ -z "$PGPASSWORD" ]; then unset PGPASSWORD; fi`;
  return {
    setUp: `unset PGSERVICE PGHOSTADDR; ${take} || exit 97; ${forget}; ${set}; export ${names};`,
    command,
    firstLine: `${escaped(password ?? "")}\n`,
  };
}

/** For `printf %b`, which knows octal numbers as `\0ooo` (POSIX, printf). */
function escaped(password: string): string {
  return Array.from(Buffer.from(password), (byte) => `\\0${byte.toString(8).padStart(3, "0")}`).join("");
}
