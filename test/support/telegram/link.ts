const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;

/**
 * Why the service takes an address for no link, or nothing. From LinkManager::check_link of tdlib: HTTP, HTTPS, tg
 * and ton addresses; a host name needs a dot, so that localhost and the names of an intranet are refused.
 */
export function linkProblem(url: string): string | undefined {
  if (/^(tg|ton|tonsite):/i.test(url)) return undefined;
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") return "Unsupported URL protocol";
  const authority = /^[^/?#]*/.exec(url.replace(SCHEME, ""))?.[0] ?? "";
  const hostAndPort = authority.slice(authority.lastIndexOf("@") + 1);
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]]*)(?::(\d*))?$/i.exec(hostAndPort);
  if (match === null) return "Wrong URL host";
  const [, host = "", port = ""] = match;
  if (Number(port) > 65_535) return "Wrong port number specified in the URL";
  if (host === "") return "URL host is empty";
  if (/[\0-,/:-@[-^`{-\x7f]/.test(host.replace(/^\[|\]$|:/g, "").replaceAll("_", "")))
    return "Wrong URL host";
  if (!host.includes(".") && !host.startsWith("[")) return "Wrong HTTP URL";
  return undefined;
}

/** The user of a `tg://user?id=…` address, which mentions somebody who has no name. */
export function mentionedUser(url: string): number | undefined {
  const id = /^tg:(?:\/\/)?user\?id=([1-9]\d{0,15})$/i.exec(url)?.[1];
  return id === undefined ? undefined : Number(id);
}
