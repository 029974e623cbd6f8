import { randomBytes } from "node:crypto";
import type { Answer, Received } from "../http-server.ts";
import { addressOf, credentials, headerOf, type Provider, startProvider } from "./provider.ts";

export type ZohoOptions = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly organizations: readonly string[];
  /** False: the grant lacks the scope to read the organisations. */
  readonly mayReadOrganizations?: boolean;
};

export type Zoho = Provider & {
  /** How many access tokens were asked for with the right credentials. Zoho grants ten in ten minutes. */
  refreshes(): number;
  /** The access tokens handed out, as secret as what they were made of. */
  readonly accessTokens: readonly string[];
};

const GRANTS = 10;

/** Starts Zoho's accounts server (/oauth/v2/token) and its Books and Inventory APIs in one. */
export async function startZoho(options: ZohoOptions): Promise<Zoho> {
  const accessTokens: string[] = [];
  let refreshes = 0;
  const grant = (request: Received): Answer => {
    const trouble = grantTrouble(request, options);
    if (trouble !== undefined) return { json: { error: trouble } };
    refreshes++;
    if (refreshes > GRANTS) return tooMany();
    const token = `1000.${randomBytes(16).toString("hex")}.${randomBytes(16).toString("hex")}`;
    accessTokens.push(token);
    const api_domain = "https://www.zohoapis.com";
    return { json: { access_token: token, api_domain, token_type: "Bearer", expires_in: 3600 } };
  };
  const provider = await startProvider((request, effect) => {
    const { pathname } = addressOf(request);
    if (pathname === "/oauth/v2/token") return request.method === "POST" ? grant(request) : { status: 405 };
    if (pathname.startsWith("/oauth/v2/token/revoke")) effect("a revoked token");
    if (!/^\/(?:books\/v3|inventory\/v1)\/organizations$/.test(pathname))
      return { status: 404, json: { code: 5 } };
    if (request.method !== "GET") effect(`${request.method} ${pathname}`);
    const token = credentials(request, "Zoho-oauthtoken");
    if (token === undefined || !accessTokens.includes(token)) return no("INVALID_TOKEN");
    if (options.mayReadOrganizations === false) return no("OAUTH_SCOPE_MISMATCH");
    const organizations = options.organizations.map((organization_id) => ({
      organization_id,
      name: "Example",
    }));
    return { json: { code: 0, message: "success", organizations } };
  });
  return { ...provider, refreshes: () => refreshes, accessTokens };
}

/** Zoho's word for what is wrong with a request for a token; it comes with status 200. */
function grantTrouble(request: Received, options: ZohoOptions): string | undefined {
  const form = headerOf(request, "content-type").startsWith("application/x-www-form-urlencoded");
  // Zoho itself also takes the query, where the three secrets would end up in the logs of every server on the way.
  const fields = new URLSearchParams(form ? request.body.toString() : "");
  if (fields.get("grant_type") !== "refresh_token") return "invalid_request";
  if (fields.get("client_id") !== options.clientId) return "invalid_client";
  if (fields.get("client_secret") !== options.clientSecret) return "invalid_client_secret";
  if (fields.get("refresh_token") !== options.refreshToken) return "invalid_code";
  return undefined;
}

function tooMany(): Answer {
  const error_description = "You have made too many requests continuously. Please try again after some time.";
  return { status: 400, json: { error_description, error: "Access Denied", status: "failure" } };
}

function no(code: string): Answer {
  return {
    status: 401,
    json: { code, details: {}, message: code.toLowerCase().replaceAll("_", " "), status: "error" },
  };
}
