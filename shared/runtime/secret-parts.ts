/** A text that must not be shown. A `line` is one of several of a bigger secret. */
export type SecretPart = { readonly text: string; readonly line: boolean };

/** Shorter texts are not taken for secrets: they would eat parts of unrelated words and numbers. */
export const shortestSecret = 4;

/**
 * Everything that would give a secret away when printed alone: the value, its lines, the strings of a JSON value, the
 * credentials inside a URL. The frame lines of a PEM block are left out: they are the same in every key.
 */
export function secretParts(value: string): SecretPart[] {
  const found = new Map<string, SecretPart>();
  collect(value, false, found);
  return [...found.values()];
}

function collect(value: string, line: boolean, found: Map<string, SecretPart>): void {
  const trimmed = value.trim();
  if (trimmed.length < shortestSecret || pemFrame.test(trimmed) || found.has(trimmed)) return;
  found.set(trimmed, { text: trimmed, line });
  if (value !== trimmed) found.set(value, { text: value, line });
  for (const part of urlParts(trimmed)) collect(part, false, found);
  for (const leaf of jsonStrings(trimmed)) collect(leaf, false, found);
  const lines = trimmed.split(/\r\n?|\n/);
  if (lines.length === 1) return;
  for (const ending of ["\n", "\r\n"]) found.set(lines.join(ending), { text: lines.join(ending), line });
  for (const each of lines) {
    collect(each, true, found);
    const [, name, setting] = assignment.exec(each) ?? [];
    if (name !== undefined && setting !== undefined && isSecretPair(name, setting))
      collect(setting, false, found);
  }
}

const pemFrame = /^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/;
const assignment = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s*["']?(.*?)["']?\s*$/;

function jsonStrings(text: string): string[] {
  if (!/^[[{]/.test(text)) return [];
  try {
    return stringsIn(JSON.parse(text));
  } catch {
    return [];
  }
}

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}

/**
 * The password, as written and decoded; a token in the user's place; query values that are named or look like secrets;
 * and for the web, path segments that look like tokens (Telegram, Slack, Discord). Names such as the user of a
 * database stay readable: masking `postgres` would mask half the log.
 */
function urlParts(text: string): string[] {
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(\S+)$/i.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return [];
  const web = /^(?:https?|wss?)$/i.test(scheme);
  const [address = "", ...queries] = rest.split(/[?&#]/);
  // A password with an unescaped `/` ends the authority early; only the web has `@` in paths.
  const authority = web ? (address.split("/", 1)[0] ?? "") : address;
  const [, user = "", password] = /^([^:]*)(?::(.*))?@/.exec(authority) ?? [];
  const parts = password === undefined ? [] : [password];
  if (looksSecret(user) || (web && (password ?? "") === "")) parts.push(user);
  for (const query of queries) {
    const [, name = "", value = ""] = /^([^=]*)=(.*)$/.exec(query) ?? [];
    if (isSecretPair(name, value)) parts.push(value);
  }
  if (web) parts.push(...address.split("/").slice(1).flatMap(pathTokens));
  return parts.flatMap((part) => [part, decoded(part)]);
}

function pathTokens(segment: string): string[] {
  if (!looksSecret(segment)) return [];
  return segment.startsWith("bot") ? [segment, segment.slice(3)] : [segment];
}

function isSecretPair(name: string, value: string): boolean {
  return (
    looksSecret(value) || /:\/\/[^/]*@/.test(value) || /key|token|secret|pass|pwd|sig|auth|cred/i.test(name)
  );
}

/** Long, without blanks, and mixed from at least two of lower case, upper case and digits: no word of a language. */
function looksSecret(text: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/].filter((kind) => kind.test(text));
  return kinds.length >= 2 && /^[\w~:.%+/=-]{16,}$/.test(text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
