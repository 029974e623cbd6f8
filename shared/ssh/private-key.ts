import { createPrivateKey, type KeyObject } from "node:crypto";
import ssh2, { type ParsedKey } from "ssh2";
import { UserError } from "../runtime/user-error.ts";
import { fingerprint, readHostKey } from "./host-key.ts";

const WHERE = { input: "ssh-key" };
const WHOLE =
  "Copy the whole file, from -----BEGIN to -----END, into the secret: `gh secret set NAME < path/to/key` does it.";

/**
 * Makes a usable private key of what people paste into a secret: mends line ends, literal `\n`, spaces for line
 * ends, indentation, quotes and base64 around the whole, and turns PKCS#8 (RSA, ECDSA) into what ssh2 reads.
 * Returns PEM text. Throws a UserError that names the exact trouble and never shows any part of the key.
 */
export function normalisePrivateKey(text: string, passphrase?: string): string {
  const pem = rebuild(unwrap(text));
  return pem.includes("-----BEGIN PRIVATE KEY-----") || pem.includes("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    ? checked(fromPkcs8(pem, passphrase), undefined)
    : checked(pem, passphrase);
}

/** Strips what surrounds the key: whitespace, quotes, escapes, a byte order mark, base64 of the whole file. */
function unwrap(text: string): string {
  const bare = (value: string) =>
    value
      .replace(/^\uFEFF/, "")
      .trim()
      .replace(/^(["'])([\s\S]*)\1$/, "$2")
      .replaceAll(/\\r\\n|\\n|\r\n?/g, "\n")
      .trim();
  const plain = bare(text);
  if (plain === "") throw trouble("it is empty", "Set the secret, and check its name in the workflow.");
  if (plain.includes("-----") || !/^[A-Za-z0-9+/\s]+=*$/.test(plain)) return plain;
  const decoded = bare(Buffer.from(plain, "base64").toString("latin1"));
  return decoded.includes("-----BEGIN") ? decoded : plain;
}

const PEM = /-----BEGIN (?<label>[A-Z0-9 ]+)-----(?<body>[\s\S]*?)-----END \k<label>-----/;

// With the length of the initialisation vector, so that base64 may follow without a line end.
const ENCRYPTION =
  /^\s*Proc-Type:\s*4,ENCRYPTED\s*DEK-Info:\s*(?<info>AES-\d+-CBC,[0-9A-F]{32}|DES-EDE3-CBC,[0-9A-F]{16})/;

/** Lays the PEM block out anew, whatever has happened to its line ends. */
function rebuild(text: string): string {
  const { label, body } = PEM.exec(text)?.groups ?? {};
  if (label === undefined || body === undefined) throw notPem(text);
  if (label.includes("PUBLIC KEY") || label === "CERTIFICATE" || !label.endsWith("PRIVATE KEY")) {
    throw trouble(
      `it is a ${label.toLowerCase()}, not a private key`,
      "Use the file without .pub in its name.",
    );
  }
  // RFC 1421 headers (Proc-Type, DEK-Info) come before an empty line; spaces may have replaced the line ends.
  const headers = ENCRYPTION.exec(body);
  const base64 = body.slice(headers?.[0].length ?? 0).replaceAll(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    throw trouble("between its first and last line stands something that is not base64", WHOLE);
  }
  const info = headers?.groups?.["info"];
  const head = info === undefined ? [] : ["Proc-Type: 4,ENCRYPTED", `DEK-Info: ${info}`, ""];
  const lines = [`-----BEGIN ${label}-----`, ...head, ...(base64.match(/.{1,64}/g) ?? [])];
  return `${lines.join("\n")}\n-----END ${label}-----\n`;
}

function notPem(text: string): UserError {
  if (/^(?:ssh-|ecdsa-|sk-)\S+\s+AAAA/.test(text)) {
    return trouble("it is a public key", "Use the other file of the pair, the one without .pub in its name.");
  }
  if (text.startsWith("PuTTY-User-Key-File-")) {
    return trouble("it is a PuTTY key", "Convert it: puttygen key.ppk -O private-openssh -o key");
  }
  if (text.includes("-----BEGIN")) return trouble("its last line (-----END …) is missing", WHOLE);
  return trouble("it has no -----BEGIN … PRIVATE KEY----- line", WHOLE);
}

/** ssh2 does not read PKCS#8; RSA and EC have an older PEM form that it reads. */
function fromPkcs8(pem: string, passphrase: string | undefined): string {
  const encrypted = pem.includes("BEGIN ENCRYPTED");
  if (encrypted && passphrase === undefined) throw encryptedKey();
  let key: KeyObject;
  try {
    key = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch (cause) {
    if (encrypted) throw wrongPassphrase(cause);
    throw trouble("it is damaged or cut off", WHOLE, cause);
  }
  if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString();
  if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" }).toString();
  // Nor does OpenSSH 9.2 read an Ed25519 key in PKCS#8: there is no converting it with ssh-keygen.
  throw trouble(
    `SSH cannot use a PKCS#8 key of type ${key.asymmetricKeyType}`,
    "Make a new key with ssh-keygen -t ed25519, and put its .pub on the server.",
  );
}

/** Has ssh2 read it, so that a bad key is an error about this input and not a failed login. */
function checked(pem: string, passphrase: string | undefined): string {
  const parsed: unknown = ssh2.utils.parseKey(pem, passphrase);
  const key: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!(key instanceof Error)) return pem;
  // The messages are ssh2's (lib/protocol/keyParser.js) and hold nothing of the key.
  if (/no passphrase given/.test(key.message)) throw encryptedKey();
  if (/passphrase/i.test(key.message) && passphrase !== undefined) throw wrongPassphrase(key);
  if (/^Unsupported OpenSSH private key type: sk-/.test(key.message)) {
    throw trouble(
      "it lives on a hardware token",
      "Make a key for this deployment with ssh-keygen -t ed25519.",
    );
  }
  throw trouble("it is damaged, cut off, or of a kind that is not supported", WHOLE, key);
}

/** Type and fingerprint of the public half, as `ssh-keygen -l` shows them, so that the user can find it. */
export function publicKeyName(options: {
  readonly privateKey: string;
  readonly passphrase?: string | undefined;
}): string {
  const parsed: unknown = ssh2.utils.parseKey(options.privateKey, options.passphrase);
  const [key] = [parsed].flat() as readonly ParsedKey[];
  const read = key === undefined ? undefined : readHostKey(key.getPublicSSH());
  return read === undefined ? "given" : `${read.type} ${fingerprint(read)}`;
}

function encryptedKey(): UserError {
  return trouble("it is encrypted and there is no passphrase", "Give the passphrase in ssh-key-passphrase.");
}

function wrongPassphrase(cause: unknown): UserError {
  return new UserError("The passphrase does not open the SSH key.", {
    hint: "Check the secret in ssh-key-passphrase: `ssh-keygen -y -f key` asks for it and tells.",
    where: { input: "ssh-key-passphrase" },
    cause,
  });
}

function trouble(what: string, hint: string, cause?: unknown): UserError {
  return new UserError(`The SSH key cannot be used: ${what}.`, { hint, where: WHERE, cause });
}
