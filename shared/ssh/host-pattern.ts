import { createHmac } from "node:crypto";

/** Whether the hosts field of a known_hosts line means this server name (see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export type HostPattern = (name: string) => boolean;

/** Reads the hosts field: a comma list with wildcards and negation, or one hashed name. Undefined if malformed. */
export function parseHostPattern(field: string): HostPattern | undefined {
  if (field.startsWith("|")) return hashedPattern(field);
  const patterns = field.toLowerCase().split(",");
  if (patterns.some((pattern) => pattern === "" || pattern === "!")) return undefined;
  return (name) => {
    const hit = (pattern: string) => globMatches(pattern, name);
    const negated = patterns.filter((pattern) => pattern.startsWith("!"));
    const plain = patterns.filter((pattern) => !pattern.startsWith("!"));
    return plain.some(hit) && !negated.some((pattern) => hit(pattern.slice(1)));
  };
}

/** `|1|salt|hash`, as `ssh-keygen -H` writes it: HMAC-SHA1 of the name with the salt as key, both in base64. */
function hashedPattern(field: string): HostPattern | undefined {
  const parts = /^\|1\|([A-Za-z0-9+/]{27}=)\|([A-Za-z0-9+/]{27}=)$/.exec(field);
  const salt = Buffer.from(parts?.[1] ?? "", "base64");
  const hash = parts?.[2];
  if (hash === undefined) return undefined;
  return (name) => createHmac("sha1", salt).update(name).digest("base64") === hash;
}

/** `*` stands for any characters, `?` for one. Linear in practice: on a mismatch only the last `*` takes one more. */
function globMatches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
