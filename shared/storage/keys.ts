const UNSAFE = /[^A-Za-z0-9._-]|^\./gu;

/**
 * Any text as one segment of a key, and two texts never as the same one: what is not safe in file names, URLs and S3
 * keys is written as `=` and the hexadecimal bytes of its UTF-8 (the quoted-printable way; `%` would be escaped twice
 * in URLs). An empty text is `=`.
 */
export function encodeSegment(text: string): string {
  if (text === "") return "=";
  return text.replace(UNSAFE, (character) =>
    Array.from(Buffer.from(character), (byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(
      "",
    ),
  );
}

/** What {@link encodeSegment} made it from; `undefined` for what it never makes. */
export function decodeSegment(segment: string): string | undefined {
  if (segment === "=") return "";
  if (!SEGMENT.test(segment)) return undefined;
  const bytes = segment.replace(/=([0-9A-F]{2})/g, "%$1");
  try {
    const text = decodeURIComponent(bytes);
    return encodeSegment(text) === segment ? text : undefined;
  } catch {
    return undefined;
  }
}

const SEGMENT = /^(?:[A-Za-z0-9._-]|=[0-9A-F]{2})+$/;
const KEY = /^(?!\.)[A-Za-z0-9._=-]+(?:\/(?!\.)[A-Za-z0-9._=-]+)*$/;

/** Whether a store may have an object of this key. */
export function isKey(text: string): boolean {
  return KEY.test(text);
}

/** Throws when the text is no key: it could lead out of the store. A bug of ours, or somebody else's manifest. */
export function checkKey(key: string): void {
  if (!isKey(key)) throw new Error(`not a key of a store: ${JSON.stringify(key)}`);
}

/** Throws when the text is not the beginning of a key, or empty. */
export function checkPrefix(prefix: string): void {
  if (prefix !== "") checkKey(`${prefix}x`);
}

/** The prefix, which must be that of all keys in one directory: empty, or with a slash at its end. */
export function checkDirectoryPrefix(prefix: string): string {
  checkPrefix(prefix);
  if (prefix !== "" && !prefix.endsWith("/")) throw new Error(`not the prefix of a directory: ${prefix}`);
  return prefix;
}
