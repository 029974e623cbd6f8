import { UserError } from "../../../shared/runtime/user-error.ts";

/** Where GitHub's API is, out of the runner's environment. Throws a UserError: the token is not sent just anywhere. */
export function apiAddress(env: Readonly<NodeJS.ProcessEnv>): URL {
  const text = env["GITHUB_API_URL"] || "https://api.github.com";
  const url = URL.parse(text);
  const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url?.hostname ?? "");
  if (url !== null && (url.protocol === "https:" || (url.protocol === "http:" && loopback))) return url;
  throw new UserError("GITHUB_API_URL: is not an address that starts with https://.", {
    hint: "The runner sets it; look for what has changed it.",
  });
}

/**
 * The container registry that belongs to an API: ghcr.io for github.com, `containers.` before the host for a server of
 * one's own (docs.github.com, "Working with the Container registry", with subdomain isolation) and for ghe.com.
 */
export function registryAddress(api: URL): URL {
  if (api.hostname === "api.github.com") return new URL("https://ghcr.io");
  const host = api.hostname.endsWith(".ghe.com") ? api.host.replace(/^api\./, "") : api.host;
  return new URL(`${api.protocol}//containers.${host}`);
}
