import { addressOf, credentials, headerOf, type Provider, startProvider } from "./provider.ts";

export type WebServiceOptions = {
  /** Sent as `Authorization: Bearer` or in X-Api-Key. */
  readonly tokens?: readonly string[];
  /** Passwords by user, for `Authorization: Basic`. */
  readonly users?: Readonly<Record<string, string>>;
  /** Known, and not allowed to: 403. */
  readonly forbidden?: readonly string[];
};

/** Starts an API of one's own: 200 on /me for who is known, 401 for all others; anything but reading is an effect. */
export function startWebService({
  tokens = [],
  users = {},
  forbidden = [],
}: WebServiceOptions): Promise<Provider> {
  return startProvider((request, effect) => {
    if (request.method !== "GET" && request.method !== "HEAD") effect(`${request.method} ${request.url}`);
    if (addressOf(request).pathname !== "/me") return { status: 404, json: { error: "not found" } };
    const token = credentials(request, "Bearer") ?? headerOf(request, "x-api-key");
    const basic = Buffer.from(credentials(request, "Basic") ?? "", "base64").toString();
    if (forbidden.includes(token)) return { status: 403, json: { error: "forbidden" } };
    // RFC 7617: the user ends at the first colon.
    const [user = "", ...rest] = basic.split(":");
    const known = tokens.includes(token) || (Object.hasOwn(users, user) && users[user] === rest.join(":"));
    if (known) return { json: { name: "deploy" } };
    return {
      status: 401,
      headers: { "www-authenticate": 'Bearer realm="api"' },
      json: { error: "unauthorized" },
    };
  });
}
