import {
  boolean,
  duration,
  type Field,
  type InputsOf,
  integer,
  optional,
} from "../../../shared/runtime/inputs.ts";
import { parseList, ValueError } from "../../../shared/runtime/values.ts";

const entries = (
  split: (text: string) => string[],
  check: (entry: string) => string,
): Field<readonly string[]> => ({
  parse: (text) => [...new Set(split(text).map(check))],
  secret: false,
  whenEmpty: () => [],
});

/** The inputs of action.yml. */
export const spec = {
  "cloudflare-zone": optional({ parse: parseZone, secret: false }),
  "cloudflare-token": optional({ parse: parseToken, secret: true }),
  "cloudfront-distribution": optional({ parse: parseDistribution, secret: false }),
  everything: boolean(),
  // A comma can be part of an address or a path: it only separates before the beginning of another.
  urls: entries((text) => splitBefore(text, /,\s*(?=https?:\/\/)/), checkUrl),
  paths: entries((text) => splitBefore(text, /,\s*(?=\/)/), checkPath),
  tags: entries(parseList, checkTag),
  prefixes: entries(parseList, checkPrefix),
  hosts: entries(parseList, checkHost),
  wait: boolean(),
  retries: integer({ min: 0, max: 100 }),
  timeout: duration(),
  "cloudflare-api-url": { parse: parseApiUrl, secret: false },
  "cloudfront-api-url": { parse: parseApiUrl, secret: false },
  "dry-run": boolean(),
} as const;

export type Inputs = InputsOf<typeof spec>;

function splitBefore(text: string, comma: RegExp): string[] {
  return text
    .split(/\n/)
    .flatMap((line) => line.split(comma))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

function parseZone(value: string): string {
  if (/^[0-9a-f]{32}$/.test(value)) return value;
  throw new ValueError("must be the zone's id, 32 of 0-9 and a-f, from its overview page, and not its name");
}

function parseDistribution(value: string): string {
  if (/^[A-Z0-9]{8,32}$/.test(value)) return value;
  throw new ValueError("must be the distribution's id, such as E2QWRUHEXAMPLE, and not its domain");
}

function parseToken(value: string): string {
  if (/^[!-~]+$/.test(value)) return value;
  throw new ValueError("must be a token without blanks or line breaks");
}

function checkUrl(entry: string): string {
  const url = /\s/.test(entry) ? null : URL.parse(entry);
  if (url !== null && /^https?:$/.test(url.protocol) && `${url.username}${url.password}` === "") {
    // As a browser asks for it.
    url.hash = "";
    return url.href;
  }
  throw new ValueError(
    `has ${quoted(entry)}, which is not a web address such as https://shop.example/index.html`,
  );
}

// "Specify the files to invalidate" of the CloudFront guide: at most 4,000 characters, beyond ASCII percent-encoded.
function checkPath(entry: string): string {
  if (!/^\/[!-~]*$/.test(entry) || entry.length > 4_000)
    throw new ValueError(`has ${quoted(entry)}, which is not a path such as /index.html, percent-encoded`);
  if (/\*./.test(entry))
    throw new ValueError(
      `has ${quoted(entry)}, whose * is not at the end, where alone it stands for anything`,
    );
  return entry;
}

// "Purge cache by cache-tags" of Cloudflare's documentation.
function checkTag(entry: string): string {
  if (/^[!-~]{1,1024}$/.test(entry)) return entry;
  throw new ValueError(`has ${quoted(entry)}, which is not a tag: at most 1,024 of ASCII without blanks`);
}

function checkPrefix(entry: string): string {
  if (/^[\w.-]+(?:\/[!-~]*)?$/.test(entry) && !/[?#]/.test(entry)) return entry;
  throw new ValueError(
    `has ${quoted(entry)}, which is not a prefix such as shop.example/images, without https://`,
  );
}

function checkHost(entry: string): string {
  if (/^[\w-]+(?:\.[\w-]+)+$/.test(entry)) return entry;
  throw new ValueError(`has ${quoted(entry)}, which is not a host name such as shop.example`);
}

/** The token and the signatures go there; this machine itself is no way to travel. */
function parseApiUrl(value: string): string {
  const url = URL.parse(value);
  const bare = url !== null && `${url.search}${url.hash}${url.username}${url.password}` === "";
  const own = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url?.hostname ?? "");
  if (bare && (url.protocol === "https:" || (url.protocol === "http:" && own)))
    return value.replace(/\/+$/, "");
  throw new ValueError("must be an address that begins with https://, without a query");
}

function quoted(entry: string): string {
  return JSON.stringify(entry.length <= 80 ? entry : `${entry.slice(0, 77)}...`);
}
