import ssh2, { type ParsedKey } from "ssh2";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { normalisePrivateKey } from "../../../shared/ssh/private-key.ts";
import type { Fault } from "./kinds/kind.ts";

// NIST SP 800-131A: RSA keys under 2048 bits are disallowed; OpenSSH's own default is 3072 (ssh-keygen(1)).
const SHORTEST_RSA_BITS = 2048;

/**
 * What `ssh` itself would refuse in a private key, which is more than libraries refuse: OpenSSH 9.2 reads no CRLF and no
 * key in one line ("error in libcrypto"). A missing last line end is let pass, since `gh secret set` always takes it
 * off. An encrypted key is judged as far as that goes without its passphrase.
 */
export function sshKeyFaults(value: string): readonly Fault[] {
  const usable = normalised(value);
  if ("why" in usable) return [usable];
  const form = formFault(value);
  const strength = usable.pem === undefined ? undefined : weakness(usable.pem);
  return [form, strength].filter((fault) => fault !== undefined);
}

/** How a key has to be made so that ssh takes it as it is. */
function formFault(value: string): Fault | undefined {
  const trimmed = value.trim();
  const set = (how: string): string => `Set it anew from the file: ${how}`;
  if (/\r/.test(trimmed))
    return {
      why: "it has Windows line ends (CRLF), which ssh refuses",
      mend: set("tr -d '\\r' < key | gh secret set NAME"),
    };
  if (!trimmed.startsWith("-----BEGIN")) {
    const why = /-----BEGIN/.test(trimmed)
      ? "something stands before its first line"
      : "it is base64 around the key, not the key";
    return { why, mend: set("gh secret set NAME < key") };
  }
  if (!/^-----BEGIN [A-Z ]+-----\n/.test(trimmed) || /\\n/.test(trimmed))
    return {
      why: "its line ends are lost (spaces or \\n stand in their place)",
      mend: set("gh secret set NAME < key"),
    };
  if (/^[ \t]/m.test(trimmed))
    return { why: "its lines are indented", mend: set("gh secret set NAME < key") };
  return undefined;
}

function normalised(value: string): { readonly pem: string | undefined } | Fault {
  try {
    return { pem: normalisePrivateKey(value) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (/is encrypted/.test(error.message)) return { pem: undefined };
    const why = error.message.replace(/^The SSH key cannot be used: /, "").replace(/\.$/, "");
    return { why, mend: error.hint };
  }
}

function weakness(pem: string): Fault | undefined {
  const parsed: unknown = ssh2.utils.parseKey(pem);
  const [key] = [parsed].flat() as readonly (ParsedKey | Error)[];
  if (key === undefined || key instanceof Error) return undefined;
  const mend = "Make a new one: ssh-keygen -t ed25519 -N '' -f key; then put key.pub on the server.";
  if (key.type === "ssh-dss") return { why: "it is a DSA key, which OpenSSH no longer takes", mend };
  if (key.type !== "ssh-rsa") return undefined;
  const bits = rsaBits(key.getPublicSSH());
  return bits < SHORTEST_RSA_BITS
    ? { why: `it is an RSA key of ${bits} bits, fewer than ${SHORTEST_RSA_BITS}`, mend }
    : undefined;
}

/** The length of the modulus in a public key: RFC 4253 section 6.6, string "ssh-rsa", mpint e, mpint n. */
function rsaBits(blob: Buffer): number {
  let at = 0;
  let field = Buffer.alloc(0);
  for (let index = 0; index < 3; index++) {
    const length = blob.readUInt32BE(at);
    field = Buffer.from(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const hex = field.toString("hex").replace(/^0+/, "");
  return hex === "" ? 0 : hex.length * 4 - (4 - Number.parseInt(hex.charAt(0), 16).toString(2).length);
}
