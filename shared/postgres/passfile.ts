import { UserError } from "../runtime/user-error.ts";

/**
 * The content of a password file that holds for any server, as libpq reads it (the manual, "The Password File", and
 * fe-connect.c, passwordFromFile): a backslash before what is special. Such a file serves one run and one address.
 * Throws a UserError for a password that no such file can hold.
 */
export function passfileText(password: string | undefined): string {
  if (password === undefined || password === "") return "";
  // libpq reads lines, and drops line ends, carriage returns among them.
  if (/[\r\n]/.test(password)) {
    throw new UserError(
      "The database password has a line break in it, which PostgreSQL's programs cannot take.",
      {
        hint: "Check how the secret was set (a line end at its end is the usual mistake), or set another password.",
      },
    );
  }
  return `*:*:*:*:${password.replace(/[\\:]/g, "\\$&")}\n`;
}
