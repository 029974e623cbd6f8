/** What a registry asks for in `WWW-Authenticate: Bearer …`; see distribution's token authentication specification. */
export type Challenge = { readonly realm: string; readonly service: string | undefined };

/** Reads a challenge; `undefined` for another scheme, or without a realm. */
export function readChallenge(header: string | undefined): Challenge | undefined {
  const [, parameters] = /^\s*bearer\s+(.*)$/is.exec(header ?? "") ?? [];
  if (parameters === undefined) return undefined;
  const values = new Map<string, string>();
  for (const [, name = "", quoted, bare] of parameters.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s",]+))/g)) {
    values.set(name.toLowerCase(), quoted ?? bare ?? "");
  }
  const realm = values.get("realm");
  return realm === undefined ? undefined : { realm, service: values.get("service") };
}

/**
 * The address that a realm names, when the token may go there: to the registry's own host, and in plain text only where
 * the registry is reached so too. `undefined` otherwise.
 */
export function realmAddress(realm: string, registry: URL): URL | undefined {
  const url = URL.parse(realm, registry.href);
  if (url === null || url.hostname !== registry.hostname) return undefined;
  if (url.protocol !== "https:" && url.protocol !== registry.protocol) return undefined;
  if (url.username !== "" || url.password !== "") return undefined;
  return /^https?:$/.test(url.protocol) ? url : undefined;
}
