import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

const DAY_MS = 86_400_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** PEM texts. `cert` holds the certificate and, after it, the intermediates that a server sends along. */
export type Certificate = { readonly cert: string; readonly key: string };

/** What a server certificate says. Days count from now; a negative number lies in the past. */
export type Request = {
  /** DNS names and IP addresses. Default: localhost, 127.0.0.1 and ::1. */
  readonly names?: readonly string[];
  /** First day of validity. Default: -1. */
  readonly fromDays?: number;
  /** Last day of validity. Default: 90. */
  readonly untilDays?: number;
};

export type Authority = {
  /** The authority's own certificate: what a client is to trust. */
  readonly cert: string;
  issue(request?: Request): Promise<Certificate>;
  /** An authority below this one, whose certificates carry the intermediate along. */
  intermediate(name: string): Promise<Authority>;
};

export type Certificates = {
  readonly authority: Authority;
  readonly good: Certificate;
  readonly expired: Certificate;
  readonly notYetValid: Certificate;
  readonly wrongName: Certificate;
  readonly selfSigned: Certificate;
};

type Issuer = { readonly name: string; readonly keys: webcrypto.CryptoKeyPair; readonly chain: string };

let made: Promise<Certificates> | undefined;

/** One certificate of each kind, all but the self-signed one from the same authority. Made once a process. */
export function certificates(): Promise<Certificates> {
  made ??= makeAll();
  return made;
}

/** A new root authority with a key of its own. */
export async function makeAuthority(name = "Test Root"): Promise<Authority> {
  return authorityOf(name, undefined);
}

/** A server certificate signed by its own key, which no authority vouches for. */
export async function makeSelfSigned(request: Request = {}): Promise<Certificate> {
  return sign(undefined, "self-signed", request);
}

async function makeAll(): Promise<Certificates> {
  const authority = await makeAuthority();
  const [good, expired, notYetValid, wrongName, selfSigned] = await Promise.all([
    authority.issue(),
    authority.issue({ fromDays: -30, untilDays: -1 }),
    authority.issue({ fromDays: 1 }),
    authority.issue({ names: ["somewhere-else.test"] }),
    makeSelfSigned(),
  ]);
  return { authority, good, expired, notYetValid, wrongName, selfSigned };
}

async function authorityOf(name: string, parent: Issuer | undefined): Promise<Authority> {
  const keys = await generateKeys();
  const cert = await certify(name, keys, parent, { fromDays: -365, untilDays: 3_650 }, [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ]);
  // A root is not sent by servers: clients have it. An intermediate is.
  const issuer = { name, keys, chain: parent === undefined ? "" : `${cert}\n${parent.chain}` };
  return {
    cert,
    issue: (request = {}) => sign(issuer, "server", request),
    intermediate: (below) => authorityOf(below, issuer),
  };
}

async function sign(issuer: Issuer | undefined, name: string, request: Request): Promise<Certificate> {
  const keys = await generateKeys();
  const names = request.names ?? ["localhost", "127.0.0.1", "::1"];
  const cert = await certify(name, keys, issuer, request, [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(
      names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value })),
    ),
  ]);
  return { cert: `${cert}\n${issuer?.chain ?? ""}`, key: await privateKeyPem(keys) };
}

async function certify(
  name: string,
  keys: webcrypto.CryptoKeyPair,
  issuer: Issuer | undefined,
  { fromDays = -1, untilDays = 90 }: Request,
  extensions: readonly Extension[],
): Promise<string> {
  const signer = issuer ?? { name, keys };
  const certificate = await X509CertificateGenerator.create({
    // RFC 5280, 4.1.2.2: a positive number of at most 20 octets.
    serialNumber: `01${randomBytes(15).toString("hex")}`,
    subject: `CN=${name}`,
    issuer: `CN=${signer.name}`,
    notBefore: new Date(Date.now() + fromDays * DAY_MS),
    notAfter: new Date(Date.now() + untilDays * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    extensions: [
      ...extensions,
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(signer.keys.publicKey),
    ],
  });
  return certificate.toString("pem");
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}
