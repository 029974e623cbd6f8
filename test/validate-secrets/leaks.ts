import { createHash } from "node:crypto";

/** Texts that have left a process, by where they were found. */
export type Texts = Readonly<Record<string, string>>;

/** So many characters in a row of a secret, in whatever form, are a leak: a guesser needs the rest only. */
const WINDOW = 8;

/**
 * Where which secret shows, in full or in part: as it is, its lines, the strings of a JSON value, the tokens in a URL, and
 * each of those in every encoding that programs give them, hashes included. It shares nothing with the action's own
 * redaction. Empty when nothing has leaked.
 */
export function leaks(texts: Texts, secrets: Readonly<Record<string, string>>): string[] {
  const places = Object.entries(texts).map(([place, text]) => ({ place, text, grams: gramsOf(text) }));
  return Object.entries(secrets).flatMap(([name, value]) =>
    formsOf(value).flatMap(([encoding, form]) =>
      places.flatMap(({ place, text, grams }) => {
        const shown = partOf(form, grams);
        if (shown === undefined) return [];
        const at = text.indexOf(shown);
        const around = JSON.stringify(text.slice(Math.max(0, at - 30), at + WINDOW + 10));
        return [`${name} (${encoding}) in ${place}: ${around}`];
      }),
    ),
  );
}

function gramsOf(text: string): ReadonlySet<string> {
  const grams = new Set<string>();
  for (let at = 0; at + WINDOW <= text.length; at++) grams.add(text.slice(at, at + WINDOW));
  return grams;
}

function partOf(form: string, grams: ReadonlySet<string>): string | undefined {
  for (let at = 0; at + WINDOW <= form.length; at++) {
    const part = form.slice(at, at + WINDOW);
    if (grams.has(part)) return part;
  }
  return undefined;
}

/** The parts of a value that are secret by themselves. Short ones cannot be told from chance. */
function partsOf(value: string): string[] {
  const parts = /^\w+:\/\//.test(value)
    ? tokensOf(value)
    : value.startsWith("{")
      ? leaves(JSON.parse(value))
      : linesOf(value);
  return [...new Set(parts)].filter((part) => part.length >= WINDOW);
}

/** The whole, and each line but the frame of a key, which is the same for everybody. */
function linesOf(value: string): string[] {
  const lines = value.split(/\r?\n/).filter((line) => !/^-----(?:BEGIN|END) /.test(line));
  return value.startsWith("-----") ? lines : [value, ...lines];
}

/** Of an address only the tokens: its beginning is the same for everybody. */
function tokensOf(value: string): string[] {
  const url = new URL(value);
  const pieces = [url.password, ...url.pathname.split("/"), ...url.searchParams.values()];
  return pieces
    .flatMap((piece) => [piece, decodeURIComponent(piece)])
    .filter((piece) => /\d|[A-Z]/.test(piece));
}

function leaves(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [];
}

function formsOf(value: string): [encoding: string, form: string][] {
  return partsOf(value).flatMap((part) => Object.entries(encodings(part)));
}

function encodings(part: string): Record<string, string> {
  const bytes = Buffer.from(part);
  const uri = encodeURIComponent(part);
  const json = JSON.stringify(part).slice(1, -1);
  // Behind none, one and two other bytes, without the characters that are mixed with those.
  const shifted = [0, 1, 2].map((by) =>
    Buffer.concat([Buffer.alloc(by), bytes])
      .toString("base64")
      .slice(by === 0 ? 0 : by + 1)
      .replace(/.?=*$/, ""),
  );
  const base64 = Object.fromEntries(shifted.map((form, by) => [`base64 after ${by} bytes`, form]));
  const base64url = Object.fromEntries(
    shifted.map((form, by) => [
      `base64url after ${by} bytes`,
      form.replaceAll("+", "-").replaceAll("/", "_"),
    ]),
  );
  const hashes = Object.fromEntries(
    ["md5", "sha1", "sha256", "sha512"].flatMap((algorithm) => {
      const digest = createHash(algorithm).update(part).digest();
      return [
        [algorithm, digest.toString("hex")],
        [`${algorithm} in base64`, digest.toString("base64")],
      ];
    }),
  );
  return {
    plain: part,
    ...base64,
    ...base64url,
    hex: bytes.toString("hex"),
    HEX: bytes.toString("hex").toUpperCase(),
    "URI component": uri,
    "URI component, lower case": uri.replace(/%../g, (octet) => octet.toLowerCase()),
    URI: encodeURI(part),
    form: new URLSearchParams({ s: part }).toString().slice(2),
    JSON: json,
    "JSON in JSON": JSON.stringify(json).slice(1, -1),
    XML: part.replace(
      /[<>&"']/g,
      (special) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" })[special] ?? "&apos;",
    ),
    "shell quoting": part.replace(/[^\w@%+=:,./-]/g, "\\$&"),
    backwards: [...part].reverse().join(""),
    ...hashes,
  };
}
