import { createHash } from "node:crypto";

/** The public key with which an SSH server proves who it is. */
export type HostKey = {
  /** Such as ssh-ed25519; an RSA key is ssh-rsa, whatever the signature's hash. */
  readonly type: string;
  /** The key in the wire format of RFC 4253, section 6.6: what known_hosts holds in base64. */
  readonly blob: Buffer;
};

// The signatures to ask for, by type of key, strongest first. ssh-rsa as a signature (SHA-1) is left out: OpenSSH
// has not offered it since 8.8. RSA keys sign by RFC 8332.
const SIGNATURES: ReadonlyMap<string, readonly string[]> = new Map([
  ["ssh-ed25519", ["ssh-ed25519"]],
  ["ecdsa-sha2-nistp256", ["ecdsa-sha2-nistp256"]],
  ["ecdsa-sha2-nistp384", ["ecdsa-sha2-nistp384"]],
  ["ecdsa-sha2-nistp521", ["ecdsa-sha2-nistp521"]],
  ["ssh-rsa", ["rsa-sha2-512", "rsa-sha2-256"]],
]);

/** The types of host key that can be asked for, in order of preference. */
export const HOST_KEY_TYPES: readonly string[] = [...SIGNATURES.keys()];

/** The `serverHostKey` algorithms of ssh2 with which a server shows a key of one of these types. */
export function hostKeyAlgorithms(types: readonly string[]): string[] {
  return types.flatMap((type) => SIGNATURES.get(type) ?? []);
}

/** Reads the type out of a key in wire format; undefined when it is no key. */
export function readHostKey(blob: Buffer): HostKey | undefined {
  if (blob.length < 5) return undefined;
  const length = blob.readUInt32BE(0);
  const type = blob.toString("latin1", 4, 4 + length);
  return length > 64 || !/^[a-z0-9@.-]+$/.test(type) || blob.length <= 4 + length
    ? undefined
    : { type, blob };
}

/** The fingerprint as ssh-keygen shows it: `SHA256:` and base64 without padding. */
export function fingerprint(key: HostKey): string {
  return `SHA256:${createHash("sha256").update(key.blob).digest("base64").replace(/=+$/, "")}`;
}

/** The name under which known_hosts lists a server: `[host]:port`, or the bare host for port 22. */
export function knownHostsName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** The known_hosts line that pins this key to this server. */
export function knownHostsLine(key: HostKey, host: string, port: number): string {
  return `${knownHostsName(host, port)} ${key.type} ${key.blob.toString("base64")}`;
}
