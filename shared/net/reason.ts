/** Why a connection failed, in words, and what to do about it. */
export type Reason = { readonly why: string; readonly hint: string };

export const SILENT_HINT =
  "A firewall may drop the packets (GitHub-hosted runners come from changing addresses), or the host is down.";
const NAME = "Check the spelling of the host, and that the runner's DNS knows it.";
const ROUTE = "Check the address, and that the runner's network has a way to it.";
const CHAIN =
  "Serve the whole chain with the intermediate certificates, or give the authority's certificate if it is your own.";

// Codes of getaddrinfo(3), connect(2) and of OpenSSL's verification, as Node.js names them.
const REASONS: Readonly<Record<string, Reason>> = {
  ENOTFOUND: { why: "the host name does not resolve", hint: NAME },
  EAI_AGAIN: { why: "the name server did not answer", hint: NAME },
  ECONNREFUSED: {
    why: "connection refused",
    hint: "The host answers, but nothing listens there: check the port, and that the server runs.",
  },
  ECONNRESET: {
    why: "the connection was reset",
    hint: "The server, or something on the way, closed it in the middle: look at the server's log.",
  },
  EPIPE: { why: "the connection was closed", hint: "The server closed it in the middle: look at its log." },
  ETIMEDOUT: { why: "no answer", hint: SILENT_HINT },
  EHOSTUNREACH: { why: "no route to the host", hint: ROUTE },
  ENETUNREACH: { why: "no route to the network", hint: ROUTE },
  EADDRNOTAVAIL: { why: "the address cannot be used from here", hint: ROUTE },
  EACCES: { why: "permission denied", hint: "Check the permissions of the socket and of its directory." },
  ENOENT: {
    why: "there is no such socket",
    hint: "Check the path, and that the server runs on this machine.",
  },
  CERT_HAS_EXPIRED: {
    why: "the certificate has expired",
    hint: "Renew it, and see why the renewal did not run.",
  },
  CERT_NOT_YET_VALID: {
    why: "the certificate is not valid yet",
    hint: "Check the clocks of the server and of the runner.",
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: "the certificate is for another host name",
    hint: "Issue it for this name, or use the name it was issued for.",
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: { why: "the certificate is self-signed", hint: CHAIN },
  SELF_SIGNED_CERT_IN_CHAIN: { why: "the certificate comes from an unknown authority", hint: CHAIN },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { why: "the certificate's issuer is not known", hint: CHAIN },
  UNABLE_TO_GET_ISSUER_CERT: { why: "the certificate's issuer is not known", hint: CHAIN },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { why: "the certificate's issuer is not known", hint: CHAIN },
  CERT_REVOKED: { why: "the certificate was revoked", hint: "Issue a new one." },
};

/** The error code of Node.js or OpenSSL on an error, or the empty string. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The reason behind a network or TLS error; `undefined` when it has none that is known. */
export function networkReason(error: unknown): Reason | undefined {
  const code = errorCode(error);
  return Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
}
