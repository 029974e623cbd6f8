import { randomBytes } from "node:crypto";
import type { HostKey } from "../../shared/ssh/host-key.ts";

/** A well-formed Ed25519 public key that belongs to nobody. */
export function someKey(bytes: Uint8Array = randomBytes(32)): HostKey {
  const type = "ssh-ed25519";
  const field = (content: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return Buffer.concat([length, content]);
  };
  return { type, blob: Buffer.concat([field(Buffer.from(type)), field(bytes)]) };
}

/** The key as known_hosts and .pub files write it. */
export function keyText({ type, blob }: HostKey): string {
  return `${type} ${blob.toString("base64")}`;
}
