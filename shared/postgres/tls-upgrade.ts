import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import { UserError } from "../runtime/user-error.ts";
import { type DatabaseAddress, describeAddress } from "./address.ts";
import type { SslRootCert } from "./ssl.ts";

// The manual, 54.7 (SSLRequest): the length, and a code that no protocol version has.
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * Asks a PostgreSQL server for TLS, and returns the encrypted stream, its certificate checked as sslmode says.
 * Throws a UserError when the server has no TLS, and the error of `node:tls` when the handshake fails.
 */
export async function upgradeToTls(
  stream: Duplex,
  address: DatabaseAddress,
  roots: readonly string[] | undefined,
): Promise<tls.TLSSocket> {
  const answer = await askForTls(stream);
  // An error message (E) comes from servers older than TLS, or at their limit.
  if (answer !== "S") throw answer === "N" ? noTls(address) : notPostgres(address);
  const { host, sslmode } = address;
  const secured = tls.connect({
    socket: stream,
    host,
    // RFC 6066, section 3: no IP addresses in SNI. The name check falls back to `host`.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: sslmode !== "require",
    ...(roots === undefined ? {} : { ca: [...roots] }),
    ...(sslmode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
  });
  await new Promise<void>((resolve, reject) => {
    secured.once("secureConnect", resolve).once("error", reject);
    secured.once("close", () => reject(new Error("the server closed the connection in the TLS handshake")));
  });
  return secured;
}

/** The one byte with which the server answers. More than one is an attacker's (CVE-2021-23222). */
function askForTls(stream: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      stream.off("readable", read).off("error", failed).off("close", closed);
      act();
    };
    const failed = (error: Error) => settle(() => reject(error));
    const closed = () => settle(() => reject(new Error("the server closed the connection")));
    const read = () => {
      const answer: Buffer | null = stream.read();
      if (answer !== null) settle(() => resolve(answer.toString("latin1")));
    };
    stream.on("readable", read).on("error", failed).on("close", closed);
    stream.write(SSL_REQUEST);
  });
}

/**
 * The certificates to trust, in PEM; undefined when sslmode does not look. `system` means those of the machine and
 * those that Node.js brings. Throws a UserError.
 */
export async function trustedRoots({ sslrootcert }: DatabaseAddress): Promise<readonly string[] | undefined> {
  if (sslrootcert === undefined) return undefined;
  if (sslrootcert.kind === "system") {
    return [...new Set([...tls.getCACertificates("default"), ...tls.getCACertificates("system")])];
  }
  const text = await rootText(sslrootcert);
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const good = certificates.filter((certificate) => {
    try {
      return new X509Certificate(certificate);
    } catch {
      return false;
    }
  });
  if (good.length === certificates.length && good.length > 0) return good;
  throw new UserError("sslrootcert cannot be used: it is no PEM text of certificates.", {
    hint: "Give the text or the file with -----BEGIN CERTIFICATE-----, as the provider of the database offers it.",
  });
}

async function rootText(root: Exclude<SslRootCert, { kind: "system" }>): Promise<string> {
  if (root.kind === "pem") return root.pem;
  try {
    return await readFile(root.path, "utf8");
  } catch (cause) {
    throw new UserError(`The file of sslrootcert cannot be read: ${JSON.stringify(root.path)}.`, {
      hint: "Check the path, which is relative to the working directory of the step; or give the PEM text itself.",
      cause,
    });
  }
}

function noTls(address: DatabaseAddress): UserError {
  return new UserError(`The PostgreSQL server of ${describeAddress(address)} does not offer TLS.`, {
    hint: `sslmode is ${address.sslmode}. Set ssl = on in postgresql.conf, or reach it over SSH; sslmode=disable sends everything in clear text.`,
  });
}

function notPostgres(address: DatabaseAddress): UserError {
  return new UserError(`What answers for ${describeAddress(address)} does not speak PostgreSQL's protocol.`, {
    hint: "Check host and port. (A server that has reached its limit of connections can look like this, too.)",
  });
}
