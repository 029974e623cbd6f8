import { ValueError } from "../../../shared/runtime/values.ts";

export type Headers = Readonly<Record<string, string>>;

// Those that make up the message itself, and are not for anybody to set.
const framing = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Lines of `Name: value`; the names in small letters. A mistake names the line and not what is in it. */
export function parseHeaders(text: string): Headers {
  const headers = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    // The characters of RFC 9110, sections 5.1 and 5.5; what is beyond ASCII, servers read in several ways.
    const [, name = "", value = ""] = /^\s*([!#$%&'*+.^_`|~\w-]+):\s*([\t -~]*?)\s*$/.exec(line) ?? [];
    if (name === "" || value === "")
      throw new ValueError(`has no name, colon and value in line ${index + 1}`);
    const lower = name.toLowerCase();
    if (framing.has(lower))
      throw new ValueError(`has ${lower} in line ${index + 1}, which is not for setting`);
    if (headers.has(lower)) throw new ValueError(`has ${lower} a second time in line ${index + 1}`);
    headers.set(lower, value);
  }
  return Object.fromEntries(headers);
}

/** The values that could let somebody in; what says only how to read the message is none. */
export function secretsIn(headers: Headers): string[] {
  return Object.entries(headers)
    .filter(([name]) => !/^(?:accept|content-type|user-agent)/.test(name))
    .flatMap(([, value]) => [value, value.replace(/^\S+ +/, "")]);
}
