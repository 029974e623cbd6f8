import { ValueError } from "../../../shared/runtime/values.ts";

/** The address of a hook. It is a secret, so it must not travel in the clear; this machine itself is no way to travel. */
export function parseHookAddress(value: string): URL {
  const url = /\s/.test(value) ? null : URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ValueError("must be a web address that begins with https://");
  if (url.protocol === "http:" && !isThisMachine(url))
    throw new ValueError(
      "must begin with https://, because everybody on the way could read the secret in it",
    );
  url.hash = "";
  return url;
}

/** The base address of an API, without a slash at its end. The token goes there, under the same rule. */
export function parseWebAddress(value: string): string {
  const url = parseHookAddress(value);
  if (`${url.search}${url.username}${url.password}` !== "")
    throw new ValueError("must be a web address without a query and without credentials");
  return url.href.replace(/\/+$/, "");
}

function isThisMachine({ hostname }: URL): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
