import { isIPv6 } from "node:net";
import { throwProblems, UserError } from "../runtime/user-error.ts";
import { type AddressParts, parseDatabaseUrlParts } from "./database-url.ts";
import { type NoteProblem, type Ssl, sslOf } from "./ssl.ts";

const CHANNEL_BINDINGS = ["disable", "prefer", "require"] as const;

/** Where a database is, and how to log in. Never print it whole; see {@link describeAddress}. */
export type DatabaseAddress = Ssl & {
  /** A name, or an address without brackets; what begins with `/` is the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  /** Whether the password exchange proves that the TLS connection ends at the server (SCRAM-SHA-256-PLUS). */
  readonly channelBinding: (typeof CHANNEL_BINDINGS)[number];
  /** Command-line options for the server process, such as `-c search_path=app`. */
  readonly options: string | undefined;
  readonly applicationName: string | undefined;
};

/** The database as it may be printed: `user@host:port/database`, without the password. */
export function describeAddress({ user, host, port, database }: DatabaseAddress): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return `${user}@${name}:${port}/${database}`;
}

/**
 * Reads `postgres://user:password@host:port/database?sslmode=…`. Throws a UserError or UserErrors, in which no part
 * of the URL is repeated that could belong to a password.
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  return databaseAddress(parseDatabaseUrlParts(url));
}

/**
 * Checks the parts of an address and fills in what was left out: port 5432; the user's name for the database;
 * sslmode `require`, but `disable` for loopback, where nobody can listen in, also the loopback behind an SSH hop.
 * `inputOf` names the input that a part came from, for the errors. Throws a UserError or UserErrors.
 */
export function databaseAddress(
  parts: AddressParts,
  inputOf?: (part: keyof AddressParts) => string,
): DatabaseAddress {
  const problems: UserError[] = [];
  const wrong: NoteProblem = (part, what, hint) => {
    const where = inputOf === undefined ? {} : { where: { input: inputOf(part) } };
    problems.push(new UserError(what, { hint, ...where }));
  };
  const host = checkHost(parts.host, wrong);
  const port = checkPort(parts.port, wrong);
  if (parts.user === undefined) {
    wrong("user", "The database address names no user.", "Write it before the @, or set db-user.");
  }
  checkCharacters(parts, wrong);
  const ssl = sslOf(parts, host, wrong);
  const channelBinding = checkChannelBinding(parts.channelBinding, ssl, wrong);
  throwProblems(problems);
  const { user = "", database = user, password, options, applicationName } = parts;
  return { host, port, database, user, password, ...ssl, channelBinding, options, applicationName };
}

function checkHost(given: string | undefined, wrong: NoteProblem): string {
  const host = given?.replace(/^\[(.*)\]$/, "$1");
  if (host === undefined) {
    wrong("host", "The database address names no host.", "Write it after the @, or set db-host.");
    return "";
  }
  if (host.startsWith("/")) return host;
  if (host.includes(",")) {
    wrong(
      "host",
      "The database address names several hosts.",
      "Give one: what is checked or saved must be one server.",
    );
  } else if (isIPv6(host.replace(/%[\w.-]+$/, ""))) {
    return host;
  } else if (/^[^:]+:\d+$/.test(host)) {
    wrong("host", "The host of the database has a port in it.", "Put the port into db-port.");
  } else if (!/^[\p{L}\p{N}_.-]+$/u.test(host)) {
    wrong(
      "host",
      "The host of the database is no valid name or address.",
      "Give a name, an IP address, or a socket's directory.",
    );
  }
  return host;
}

function checkPort(given: string | undefined, wrong: NoteProblem): number {
  if (given === undefined) return 5432;
  const port = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  // Not repeated: in a URL it may be the beginning of a password.
  const hint = "PostgreSQL listens on 5432 unless set otherwise.";
  if (port < 1 || port > 65_535)
    wrong("port", "The port of the database is no number from 1 to 65535.", hint);
  return port;
}

function checkCharacters(parts: AddressParts, wrong: NoteProblem): void {
  for (const part of ["host", "database", "user", "options", "applicationName"] as const) {
    if (/\p{Cc}/u.test(parts[part] ?? "")) {
      wrong(part, `The ${part} in the database address has control characters in it.`, "Remove them.");
    }
  }
  // It ends strings in PostgreSQL's protocol.
  const unfit = parts.password?.includes("\0") === true;
  if (unfit) wrong("password", "The database password has a NUL in it.", "Set another password.");
}

type ChannelBinding = DatabaseAddress["channelBinding"];

function checkChannelBinding(
  given: string | undefined,
  { sslmode }: Ssl,
  wrong: NoteProblem,
): ChannelBinding {
  const binding = CHANNEL_BINDINGS.find((word) => word === (given ?? "prefer"));
  if (binding === undefined) {
    wrong(
      "channelBinding",
      "The channel_binding is not understood.",
      `It is one of ${CHANNEL_BINDINGS.join(", ")}.`,
    );
  } else if (binding === "require" && sslmode === "disable") {
    wrong(
      "channelBinding",
      "channel_binding=require needs TLS, and sslmode is disable.",
      "Set sslmode=verify-full.",
    );
  }
  return binding ?? "prefer";
}
