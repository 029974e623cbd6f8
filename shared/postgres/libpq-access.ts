import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { errorCode } from "../net/reason.ts";
import { UserError } from "../runtime/user-error.ts";
import type { DatabaseAddress } from "./address.ts";
import { passfileText } from "./passfile.ts";
import { programEnvironment } from "./programs.ts";
import { trustedRoots } from "./tls-upgrade.ts";

/** What a program of PostgreSQL needs to log in at one address. */
export type LibpqAccess = {
  /** The whole environment of the program. The password is in a file that only this user can read. */
  readonly env: Readonly<Record<string, string>>;
  /** Removes the file. Safe to call twice. */
  close(): Promise<void>;
};

export type LibpqAccessOptions = {
  /** The step's environment. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Where to connect instead of to the host of the address, which stays the name to verify: a relay. */
  readonly relay?: { readonly host: string; readonly port: number } | undefined;
};

/**
 * Makes PostgreSQL's programs able to log in at an address, by environment and files alone: command lines can be read
 * by everybody. Nothing of the step's own PG… variables or of the user's files (~/.pgpass, ~/.postgresql) has a say.
 * Close it when the programs have ended. Throws a UserError.
 */
export async function libpqAccess(
  address: DatabaseAddress,
  { env, relay }: LibpqAccessOptions,
): Promise<LibpqAccess> {
  const passwords = passfileText(address.password);
  const roots = await trustedRoots(address);
  const temp = env["RUNNER_TEMP"] || tmpdir();
  const directory = await mkdtemp(path.join(temp, "libpq-")).catch((error: unknown) => {
    throw notWritten(temp, error);
  });
  const close = () => rm(directory, { recursive: true, force: true });
  try {
    const write = async (name: string, content: string): Promise<string> => {
      const file = path.join(directory, name);
      await writeFile(file, content, { mode: 0o600 }).catch((error: unknown) => {
        throw notWritten(temp, error);
      });
      return file;
    };
    const { host, port } = address;
    const optional: Record<string, string | undefined> = {
      PGHOSTADDR: relay !== undefined && !relay.host.startsWith("/") ? relay.host : undefined,
      // Written out, also for `system`, which libpq knows since 16.
      PGSSLROOTCERT: roots === undefined ? undefined : await write("root.crt", roots.join("\n")),
      PGOPTIONS: address.options,
      PGAPPNAME: address.applicationName,
    };
    const set = Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return {
      env: {
        ...programEnvironment(env),
        // libpq looks there for certificates that would change what sslmode means.
        HOME: directory,
        PGHOST: relay?.host.startsWith("/") === true ? relay.host : host,
        PGPORT: String(relay?.port ?? port),
        PGUSER: address.user,
        PGDATABASE: address.database,
        PGPASSFILE: await write("passfile", passwords),
        PGSSLMODE: address.sslmode,
        PGCHANNELBINDING: address.channelBinding,
        PGGSSENCMODE: "disable",
        PGCONNECT_TIMEOUT: "20",
        // The only way to these without a command line; the system's own notice a dead network after two hours.
        PGSERVICEFILE: await write("service", SERVICE),
        PGSERVICE: "own",
        ...Object.fromEntries(set),
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const SERVICE = "[own]\nkeepalives=1\nkeepalives_idle=30\nkeepalives_interval=10\nkeepalives_count=3\n";

/**
 * A database for the option `-d` of PostgreSQL's programs: in a name by itself, libpq would take `=` and `postgres://`
 * for a whole address.
 */
export function databaseArgument(database: string): string {
  return `dbname='${database.replace(/['\\]/g, "\\$&")}'`;
}

function notWritten(directory: string, error: unknown): UserError {
  const code = errorCode(error) || String(error);
  return new UserError(
    `The files that PostgreSQL's programs log in with cannot be written to ${directory}: ${code}.`,
    {
      hint: "RUNNER_TEMP, or TMPDIR, must be a directory with some room that this user may write to.",
      cause: error,
    },
  );
}
