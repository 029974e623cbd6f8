import { BlockList, isIP } from "node:net";
import { nearest } from "../runtime/nearest.ts";
import type { AddressParts } from "./database-url.ts";

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

export type Ssl = {
  readonly sslmode: SslMode;
  /** Set exactly when sslmode verifies. */
  readonly sslrootcert: SslRootCert | undefined;
};

/** Takes down what is wrong with a part of an address, and what to do about it. */
export type NoteProblem = (part: keyof AddressParts, what: string, hint: string) => void;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Whether the server is reached without a network: by the loopback interface, or a Unix socket. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family !== 0) return LOOPBACK.check(host, family === 4 ? "ipv4" : "ipv6");
  return host.startsWith("/") || /^(?:.*\.)?localhost\.?$/i.test(host);
}

/** libpq's rules (fe-connect.c, and the manual on sslmode and sslrootcert), on our own defaults. */
export function sslOf(parts: AddressParts, host: string, wrong: NoteProblem): Ssl {
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
