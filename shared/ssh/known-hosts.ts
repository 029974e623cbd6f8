import { throwProblems, UserError } from "../runtime/user-error.ts";
import { type HostKey, readHostKey } from "./host-key.ts";
import { type HostPattern, parseHostPattern } from "./host-pattern.ts";

type PinnedKey = { readonly matches: HostPattern; readonly key: HostKey };

/** What the user knows about the host keys of servers: the lines of `ssh-known-hosts`, read. */
export type HostPins = {
  readonly keys: readonly PinnedKey[];
  /** `@revoked` lines: keys never to be accepted. */
  readonly revoked: readonly PinnedKey[];
  /** `@cert-authority` lines. Host certificates are not supported (ssh2 has none); kept to say so in errors. */
  readonly authorities: readonly PinnedKey[];
  /** Bare fingerprints, `SHA256:…` without padding. They hold for every server. */
  readonly fingerprints: readonly string[];
};

/** No pins at all: nothing verifies. */
export const NO_PINS: HostPins = { keys: [], revoked: [], authorities: [], fingerprints: [] };

const INPUT = "ssh-known-hosts";
const FORMAT =
  "Give lines as in ~/.ssh/known_hosts (host type base64), or fingerprints as `ssh-keygen -lf` prints them (SHA256:…).";

/**
 * Reads known_hosts lines and bare `SHA256:…` fingerprints. Unlike OpenSSH, which skips what it does not
 * understand, every malformed line is an error. Throws a UserError or UserErrors with the numbers of the lines.
 */
export function parseHostPins(text: string): HostPins {
  const pins = { keys: [], revoked: [], authorities: [], fingerprints: [] } as {
    [Kind in keyof HostPins]: HostPins[Kind][number][];
  };
  const problems: UserError[] = [];
  text.split(/\r\n|\n|\r/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    const entry = parseLine(line);
    if ("problem" in entry) {
      problems.push(
        new UserError(`The known host on line ${index + 1} is not understood: ${entry.problem}.`, {
          hint: entry.hint ?? FORMAT,
          where: { input: INPUT, line: index + 1 },
        }),
      );
    } else if ("fingerprint" in entry) pins.fingerprints.push(entry.fingerprint);
    else pins[entry.kind].push(entry.pin);
  });
  throwProblems(problems);
  return pins;
}

type Entry =
  | { readonly kind: "keys" | "revoked" | "authorities"; readonly pin: PinnedKey }
  | { readonly fingerprint: string }
  | { readonly problem: string; readonly hint?: string };

const MARKERS = { "@revoked": "revoked", "@cert-authority": "authorities" } as const;

function parseLine(line: string): Entry {
  // `ssh-keygen -l` puts the number of bits before the fingerprint, and the comment and type after it.
  const shown =
    /^(?:\d+\s+)?(?:(?<sha256>SHA256:\S*)|(?<md5>MD5:\S*|[0-9a-f]{2}(?::[0-9a-f]{2}){15}))(?:\s|$)/i;
  const groups = shown.exec(line)?.groups;
  if (groups?.["md5"] !== undefined) return { problem: "MD5 fingerprints prove nothing any more" };
  if (groups?.["sha256"] !== undefined) return parseFingerprint(groups["sha256"]);

  const fields = line.split(/\s+/);
  const marker = line.startsWith("@") ? fields.shift() : undefined;
  const kind = marker === undefined ? "keys" : MARKERS[marker as keyof typeof MARKERS];
  if (kind === undefined) return { problem: "the only markers are @revoked and @cert-authority" };
  const [hosts = "", type, base64] = fields;
  if (type?.startsWith("AAAA")) {
    return { problem: "the host is missing", hint: "Put the host's name and a space before the key." };
  }
  if (type === undefined || base64 === undefined) return { problem: "host, key type and key are expected" };
  const matches = parseHostPattern(hosts);
  if (matches === undefined) return { problem: "the host pattern is malformed" };
  const key = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? readHostKey(Buffer.from(base64, "base64")) : undefined;
  if (key === undefined) return { problem: "the key is not the base64 of a public key" };
  if (key.type !== type) return { problem: "the key is of another type than the line says" };
  return { kind, pin: { matches, key } };
}

function parseFingerprint(text: string): Entry {
  const found = /^SHA256:([A-Za-z0-9+/]{43})=?$/.exec(text)?.[1];
  // 32 bytes are 43 characters, and the last of them carries only four bits.
  if (found === undefined || Buffer.from(found, "base64").toString("base64") !== `${found}=`) {
    return { problem: "a SHA256 fingerprint has 43 characters of base64" };
  }
  return { fingerprint: `SHA256:${found}` };
}
