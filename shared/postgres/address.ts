import { BlockList, isIP, isIPv6 } from "node:net";
import { nearest } from "../runtime/nearest.ts";
import { throwProblems, UserError, type Where } from "../runtime/user-error.ts";
import { type AddressParts, parseDatabaseUrlParts } from "./database-url.ts";

const SSL_MODES = ["disable", "require", "verify-ca", "verify-full"] as const;
/**
 * As libpq's. `require` encrypts and does not look at the certificate; `verify-ca` checks its chain; `verify-full`
 * its name too. libpq's `allow` and `prefer` are refused: they send the data in clear text when someone between
 * says that the server has no TLS.
 */
export type SslMode = (typeof SSL_MODES)[number];

/** The certificates that the chain of a server's certificate must lead to. */
export type SslRootCert =
  | { readonly kind: "system" }
  | { readonly kind: "pem"; readonly pem: string }
  | { readonly kind: "file"; readonly path: string };

const CHANNEL_BINDINGS = ["disable", "prefer", "require"] as const;

/** Where a database is, and how to log in. Never print it whole; see {@link describeAddress}. */
export type DatabaseAddress = {
  /** A name, or an address without brackets; what begins with `/` is the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly sslmode: SslMode;
  /** Set exactly when sslmode verifies. */
  readonly sslrootcert: SslRootCert | undefined;
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
 * `whereIs` tells where a part was given, for
 * the errors. Throws a UserError or UserErrors.
 */
export function databaseAddress(
  parts: AddressParts,
  whereIs: (part: keyof AddressParts) => Where = () => ({}),
): DatabaseAddress {
  const problems: UserError[] = [];
  const wrong: Wrong = (part, what, hint) =>
    void problems.push(new UserError(what, { hint, where: whereIs(part) }));

  const host = checkHost(parts.host, wrong);
  const port = /^\d{1,5}$/.test(parts.port ?? "5432") ? Number(parts.port ?? 5432) : 0;
  if (port < 1 || port > 65_535) {
    wrong(
      "port",
      "The port of the database is not a number from 1 to 65535.",
      "PostgreSQL listens on 5432 unless set otherwise.",
    );
  }
  if (parts.user === undefined)
    wrong("user", "The database address names no user.", "Write it before the @, or set db-user.");
  for (const part of ["host", "database", "user", "options", "applicationName"] as const) {
    if (/\p{Cc}/u.test(parts[part] ?? "")) {
      wrong(part, `The ${part} in the database address has control characters in it.`, "Remove them.");
    }
  }
  // It ends strings in PostgreSQL's protocol.
  if (parts.password?.includes("\0"))
    wrong("password", "The database password has a NUL in it.", "Remove it.");
  const { sslmode, sslrootcert } = sslOf(parts, host, wrong);
  const channelBinding = CHANNEL_BINDINGS.find((word) => word === (parts.channelBinding ?? "prefer"));
  if (channelBinding === undefined) {
    wrong(
      "channelBinding",
      "The channel_binding is not understood.",
      `It is one of ${CHANNEL_BINDINGS.join(", ")}.`,
    );
  } else if (channelBinding === "require" && sslmode === "disable") {
    wrong(
      "channelBinding",
      "channel_binding=require needs TLS, and sslmode is disable.",
      "Set sslmode to verify-full or require.",
    );
  }
  throwProblems(problems);
  const user = parts.user ?? "";
  return {
    ...{ host, port, user, sslmode, sslrootcert },
    database: parts.database ?? user,
    password: parts.password,
    channelBinding: channelBinding ?? "prefer",
    options: parts.options,
    applicationName: parts.applicationName,
  };
}

type Wrong = (part: keyof AddressParts, what: string, hint: string) => void;

function checkHost(given: string | undefined, wrong: Wrong): string {
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

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Whether the server is reached without a network: by the loopback interface, or a Unix socket. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family !== 0) return LOOPBACK.check(host, family === 4 ? "ipv4" : "ipv6");
  return host.startsWith("/") || /^(?:.*\.)?localhost\.?$/i.test(host);
}

type Ssl = Pick<DatabaseAddress, "sslmode" | "sslrootcert">;

/** libpq's rules (fe-connect.c, and the manual on sslmode and sslrootcert), on our own defaults. */
function sslOf(parts: AddressParts, host: string, wrong: Wrong): Ssl {
  const root = rootCert(parts.sslrootcert);
  const implied =
    root?.kind === "system" ? "verify-full" : root === undefined && isLoopback(host) ? "disable" : "require";
  const given = parts.sslmode ?? implied;
  const sslmode = SSL_MODES.find((mode) => mode === given);
  if (sslmode === undefined) {
    wrong("sslmode", `The sslmode is none of ${SSL_MODES.join(", ")}.`, sslModeHint(given));
  } else if (sslmode === "disable" || host.startsWith("/")) {
    // There is no TLS over Unix sockets; libpq ignores sslmode there.
    return { sslmode: "disable", sslrootcert: undefined };
  } else if (root?.kind === "system" && sslmode !== "verify-full") {
    wrong(
      "sslmode",
      `sslrootcert=system does not go with sslmode=${sslmode}.`,
      "Anyone can have such a certificate: use verify-full.",
    );
  } else if (sslmode === "verify-ca" && root === undefined) {
    wrong(
      "sslrootcert",
      "sslmode=verify-ca needs sslrootcert.",
      "Give the certificate of the authority, or use verify-full.",
    );
  } else if (sslmode === "verify-full") {
    return { sslmode, sslrootcert: root ?? { kind: "system" } };
  } else if (root !== undefined) {
    // "If a root CA file exists, the behavior of sslmode=require will be the same as that of verify-ca."
    return { sslmode: "verify-ca", sslrootcert: root };
  }
  return { sslmode: sslmode ?? "require", sslrootcert: undefined };
}

function sslModeHint(given: string): string {
  if (given === "allow" || given === "prefer") {
    return `${given} falls back to clear text: say require for encryption, or disable for none.`;
  }
  if (given === "no-verify") return "node-postgres calls no-verify what everybody else calls require.";
  const close = nearest(given, SSL_MODES);
  return close === undefined
    ? "Use verify-full where the server's certificate allows it."
    : `Did you mean ${close}?`;
}

function rootCert(text: string | undefined): SslRootCert | undefined {
  if (text === undefined) return undefined;
  if (text === "system") return { kind: "system" };
  return text.includes("-----BEGIN") ? { kind: "pem", pem: text } : { kind: "file", path: text };
}
