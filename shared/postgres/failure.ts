import { errorCode, networkReason } from "../net/reason.ts";
import { remoteLine } from "../runtime/remote-text.ts";
import { UserError, UserErrors } from "../runtime/user-error.ts";
import { type DatabaseAddress, describeAddress } from "./address.ts";
import { NoChannelBinding } from "./client.ts";

/** The error for a server that let the time for TLS and login pass. */
export function loginTimeout(address: DatabaseAddress, timeoutMs: number): UserError {
  return new UserError(`The login at ${describeAddress(address)} was not complete within ${timeoutMs} ms.`, {
    hint: "Something listens there and does not answer in time: check that the port is PostgreSQL's, and its load.",
  });
}

/** The user's view of what failed between the open connection and the end of the login. Nothing of the password. */
export function connectError(error: unknown, address: DatabaseAddress): UserError | UserErrors {
  if (error instanceof UserError || error instanceof UserErrors) return error;
  if (error instanceof NoChannelBinding) {
    return problem(address, "it does not offer channel binding", {
      hint: "channel_binding=require needs TLS, and a server with scram-sha-256 passwords. Someone may be in between.",
    });
  }
  const text = remoteLine(error instanceof Error ? error.message : String(error));
  if (isServerError(error)) {
    return problem(address, text, { hint: loginHint(error.code, text, address), cause: error });
  }
  // pg's own words (lib/crypto/sasl.js) for a server that wants a password when none was given.
  if (/client password must be a (?:non-empty )?string/.test(text)) {
    return problem(address, "it asks for a password, and there is none", {
      hint: "Set db-password, or write the password into the URL. A secret that does not exist gives an empty value.",
    });
  }
  const reason = networkReason(error);
  return problem(address, reason?.why ?? text, {
    hint: certificateHint(errorCode(error), address) ?? reason?.hint ?? BROKEN,
    cause: error,
  });
}

const BROKEN =
  "The connection broke during the login: check that the port is PostgreSQL's; the server's log says more.";

/** The user's view of a query that failed: the server's answer, or the connection that was lost. */
export function queryError(error: unknown, address: DatabaseAddress): UserError | UserErrors {
  if (error instanceof UserError || error instanceof UserErrors) return error;
  const text = remoteLine(error instanceof Error ? error.message : String(error));
  const database = describeAddress(address);
  if (isServerError(error) && !isShutdown(error.code)) {
    return new UserError(`The query failed at ${database}: ${text} (SQLSTATE ${error.code}).`, {
      hint: QUERY_HINTS[error.code] ?? "Run it by hand as the same user; the server's log says more.",
      cause: error,
    });
  }
  const why = isServerError(error) ? text : (networkReason(error)?.why ?? text);
  return new UserError(`The connection to ${database} was lost: ${why}.`, {
    hint: "The server may have been restarted, or the network between is failing: see its log, and run the step again.",
    cause: error,
  });
}

/** The same for what a session says, or for its loss; any other error as it is. */
export function sessionError(error: unknown, address: DatabaseAddress): unknown {
  return isOfSession(error) ? queryError(error, address) : error;
}

function isOfSession(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof UserError || error instanceof UserErrors) return false;
  if (isServerError(error)) return true;
  // Files have these codes too, and others that no socket has, such as ENOSPC; one that is open has no path.
  if (/^E(?:NOENT|ACCES)$/.test(errorCode(error)) || "path" in error) return false;
  // A session that is over has no code, and pg's own words (lib/client.js).
  return (
    networkReason(error) !== undefined ||
    errorCode(error).startsWith("ERR_SSL_") ||
    /^Connection terminated|^Client (?:has|was)/.test(error.message)
  );
}

// admin_shutdown, crash_shutdown, cannot_connect_now and the like: the server ends the session with them.
function isShutdown(sqlstate: string): boolean {
  return sqlstate.startsWith("57P");
}

const QUERY_HINTS: Readonly<Record<string, string>> = {
  "57014": "It was cancelled, by its statement_timeout or by an administrator.",
  "42501": "Grant the right to this user, or connect as another.",
  "42P01": "Check the name, and the search_path: a table outside it is written schema.table.",
  "25006": "It writes, and the transaction is read-only.",
};

function problem(
  address: DatabaseAddress,
  why: string,
  { hint, cause }: { readonly hint: string; readonly cause?: unknown },
): UserError {
  return new UserError(`Cannot log in at ${describeAddress(address)}: ${why.replace(/\.$/, "")}.`, {
    hint,
    cause,
  });
}

type ServerError = Error & { readonly code: string; readonly severity: string };

/** An answer of the PostgreSQL server (not of the network): it has an SQLSTATE. */
export function isServerError(error: unknown): error is ServerError {
  if (!(error instanceof Error)) return false;
  const { code, severity } = error as Partial<ServerError>;
  return typeof severity === "string" && typeof code === "string" && /^[0-9A-Z]{5}$/.test(code);
}

/** What to do about an SQLSTATE at login (the manual, appendix A). */
function loginHint(sqlstate: string, text: string, { database, user, sslmode }: DatabaseAddress): string {
  switch (sqlstate) {
    case "28P01":
      return "Check user and password. PostgreSQL says the same for a user that does not exist.";
    case "28000":
      return sslmode === "disable" && /no encryption|SSL off/.test(text)
        ? "The server may ask for TLS (hostssl in pg_hba.conf): set sslmode=require or better."
        : "The server's pg_hba.conf, or the role itself, does not let this user in from the runner's address.";
    case "3D000":
      return `Check the name of the database, ${JSON.stringify(database)}; psql -l lists what there is.`;
    case "42501":
      return `Grant it: GRANT CONNECT ON DATABASE … TO … (for the user ${JSON.stringify(user)}).`;
    case "53300":
      return "All connections are in use: raise max_connections, close idle ones, or go through a pooler.";
    case "57P03":
      return "The server is starting up or shutting down: wait for it, or retry.";
    case "08P01":
      return "A pooler such as PgBouncer may refuse a parameter: take options out of the URL, or set ignore_startup_parameters.";
    default:
      return `SQLSTATE ${sqlstate}; the server's log says more.`;
  }
}

/** What to do about a certificate that was not accepted, where sslmode and sslrootcert have a say. */
function certificateHint(code: string, { sslrootcert }: DatabaseAddress): string | undefined {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return "Use the name that the certificate has, or sslmode=verify-ca if the authority issues to this server alone.";
  }
  // OpenSSL's codes for a chain that does not lead to a certificate that is trusted.
  if (!/^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_)/.test(code)) return undefined;
  return sslrootcert?.kind === "system"
    ? "Give the certificate of the database's own authority as sslrootcert (a file, or PEM text)."
    : "Check that sslrootcert is the authority of this server, and that the server sends its intermediates.";
}
