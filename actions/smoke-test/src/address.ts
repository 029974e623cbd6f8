import { ValueError } from "../../../shared/runtime/values.ts";

/** A whole web address out of a path or address and the base. Throws ValueError, which never shows a query or password. */
export function webAddress(text: string, base: string | undefined): URL {
  checkPath(text);
  if (!text.startsWith("/") || text.startsWith("//")) return parseWebAddress(text);
  if (base === undefined) throw new ValueError("is a path, and there is no base-url to put it after");
  return parseWebAddress(`${base.replace(/\/+$/, "")}${text}`);
}

/** Refuses what must be percent-encoded anywhere in an address; after a good base, any other path is good. */
export function checkPath(text: string): void {
  if (/[\s\p{Cc}]/u.test(text)) throw new ValueError("has a blank or control character; percent-encode it");
}

/** The address that paths are put after. Throws ValueError. */
export function baseAddress(text: string): URL {
  if (text.startsWith("/")) throw new ValueError("must be a whole address, such as https://shop.example");
  const url = webAddress(text, undefined);
  if (/[?#]/.test(text)) throw new ValueError("must end before the ? or #: paths are put after it");
  return url;
}

/** The decoded user and password in a web address, empty when it has none. */
export function userInfo({ username, password }: URL): { readonly user: string; readonly password: string } {
  return { user: decode(username), password: decode(password) };
}

function parseWebAddress(text: string): URL {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  // Port 0 is one for the parser, and none that a server can have.
  if (url === null || url.port === "0") return refuseWebAddress(text);
  userInfo(url);
  return url;
}

function refuseWebAddress(text: string): never {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined)
    throw new ValueError("has no scheme; write it like https://shop.example/health, or a path /health");
  if (scheme !== "http" && scheme !== "https")
    throw new ValueError("is not a web address; it must begin with https:// or http://");
  const port = /^[^/?#]*?:(\d+)$/.exec(/^[^:]+:\/\/(?:[^/?#@]*@)?([^/?#]*)/.exec(text)?.[1] ?? "")?.[1];
  if (port !== undefined) checkPort(port);
  throw new ValueError("is not a web address; check the host name");
}

/** `host:port`, IPv6 in brackets. Throws ValueError. */
export function hostAndPort(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/@]+)):(\d+)$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined)
    throw new ValueError("must be host:port, such as shop.example:443 (IPv6 in brackets, no scheme)");
  return { host, port: checkPort(match?.[3] ?? "") };
}

function checkPort(text: string): number {
  const port = Number(text);
  if (!(port >= 1 && port <= 65_535))
    throw new ValueError("has a port out of range; it must be from 1 to 65535");
  return port;
}

export type RedisAddress = {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly user: string;
  readonly password: string;
};

/** A `redis://[user:password@]host[:port][/db]` or `rediss://…` (TLS) address. Throws ValueError. */
export function redisAddress(text: string): RedisAddress {
  const url = URL.parse(text);
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === "") {
    throw new ValueError(
      "must be redis://[user:password@]host[:port], or rediss:// for TLS; percent-encode the password",
    );
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 6379 : checkPort(url.port),
    tls: url.protocol === "rediss:",
    user: decode(url.username),
    password: decode(url.password),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ValueError("has a % that is not followed by two hexadecimal digits in its user or password");
  }
}
