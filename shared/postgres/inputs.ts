import { optional, secret, text } from "../runtime/inputs.ts";
import { throwProblems, UserError } from "../runtime/user-error.ts";
import { type DatabaseAddress, databaseAddress } from "./address.ts";
import { type AddressParts, parseDatabaseUrlParts } from "./database-url.ts";

/** The inputs of every action that talks to PostgreSQL, for its InputSpec. */
export const databaseInputs = {
  "database-url": optional(secret()),
  "db-host": optional(text()),
  "db-port": optional(text()),
  "db-name": optional(text()),
  "db-user": optional(text()),
  "db-password": optional(secret()),
} as const;

/** Their values; a missing or empty one is unset. */
export type DatabaseInputs = {
  readonly databaseUrl?: string | undefined;
  readonly dbHost?: string | undefined;
  readonly dbPort?: string | undefined;
  readonly dbName?: string | undefined;
  readonly dbUser?: string | undefined;
  readonly dbPassword?: string | undefined;
};

const INPUT_OF = {
  host: "db-host",
  port: "db-port",
  database: "db-name",
  user: "db-user",
  password: "db-password",
} as const;

/**
 * The database that the inputs describe; undefined when none of them is set. The `db-…` inputs fill in what
 * `database-url` leaves out, so that a password need not be percent-encoded; a part given both ways is an error.
 * Throws a UserError or UserErrors, each with its input.
 */
export function readDatabaseAddress(inputs: DatabaseInputs): DatabaseAddress | undefined {
  const given = (value: string | undefined) => (value?.trim() ? value : undefined);
  const separate: AddressParts = {
    host: given(inputs.dbHost)?.trim(),
    port: given(inputs.dbPort)?.trim(),
    database: given(inputs.dbName),
    user: given(inputs.dbUser),
    password: given(inputs.dbPassword),
  };
  const url = given(inputs.databaseUrl);
  const names = Object.keys(INPUT_OF) as (keyof typeof INPUT_OF)[];
  if (url === undefined && names.every((name) => separate[name] === undefined)) return undefined;

  const inUrl: AddressParts = url === undefined ? {} : fromUrl(url);
  throwProblems(
    names
      .filter((name) => inUrl[name] !== undefined && separate[name] !== undefined)
      .map((name) => {
        const input = INPUT_OF[name];
        const hint = `Give it once: remove ${input}, or take the ${name} out of the URL.`;
        return new UserError(`The database ${name} is given twice: in database-url and in ${input}.`, {
          ...{ hint, where: { input } },
        });
      }),
  );
  const filledIn = Object.entries(separate).filter(([, value]) => value !== undefined);
  const merged: AddressParts = { ...inUrl, ...Object.fromEntries(filledIn) };
  return databaseAddress(merged, (part) => inputFor(part, url !== undefined, separate));
}

function inputFor(part: keyof AddressParts, hasUrl: boolean, separate: AddressParts): string {
  const own = part in INPUT_OF ? INPUT_OF[part as keyof typeof INPUT_OF] : undefined;
  return own !== undefined && (!hasUrl || separate[part] !== undefined) ? own : "database-url";
}

function fromUrl(url: string): AddressParts {
  try {
    return parseDatabaseUrlParts(url);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, { hint: error.hint, where: { input: "database-url" } });
  }
}
