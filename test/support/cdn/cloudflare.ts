import { randomBytes } from "node:crypto";
import {
  type Answer,
  type Handler,
  type HttpServer,
  type Received,
  startHttpServer,
} from "../http-server.ts";

export type CloudflarePurge = { readonly kind: string; readonly items: readonly string[] | true };

export type Cloudflare = {
  readonly apiUrl: string;
  readonly zone: string;
  readonly token: string;
  /** What has been purged, oldest first. */
  readonly purges: readonly CloudflarePurge[];
  readonly requests: HttpServer["requests"];
  /** The requests that follow meet this. Called without, they reach the service again. */
  instead(handler?: Handler): void;
  stop(): Promise<void>;
};

/** How many things one request may name ("Purge cache" of Cloudflare's documentation). */
export const CLOUDFLARE_MOST = 100;

/** An answer in Cloudflare's envelope that says no. */
export function refusal(status: number, code: number, message: string): Answer {
  return { status, json: { success: false, errors: [{ code, message }], messages: [], result: null } };
}

/** Starts a stand-in for the purge of Cloudflare's API ("Purge Cached Content"), which refuses what that refuses. */
export async function startCloudflare(): Promise<Cloudflare> {
  const zone = randomBytes(16).toString("hex");
  const token = randomBytes(30).toString("base64url");
  const purges: CloudflarePurge[] = [];
  let trouble: Handler | undefined;
  const purge = (request: Received): Answer => {
    if (request.method !== "POST")
      return refusal(405, 10_405, "Method not allowed for this authentication scheme");
    if (request.headers.authorization !== `Bearer ${token}`)
      return refusal(403, 10_000, "Authentication error");
    if (request.url !== `/client/v4/zones/${zone}/purge_cache`)
      return refusal(404, 7003, "Could not route to the zone, perhaps your object identifier is invalid?");
    if (request.headers["content-type"] !== "application/json") return refusal(400, 6007, "Malformed JSON");
    const asked = asPurge(JSON.parse(request.body.toString()) as object);
    if (asked === undefined)
      return refusal(400, 1012, "Request must contain one of purge_everything, files, tags …");
    purges.push(asked);
    return { json: { success: true, errors: [], messages: [], result: { id: zone } } };
  };
  const server = await startHttpServer((request, response) =>
    trouble === undefined ? purge(request) : trouble(request, response),
  );
  return {
    apiUrl: `${server.origin}/client/v4`,
    ...{ zone, token, purges, requests: server.requests },
    instead: (handler) => {
      trouble = handler;
    },
    stop: () => server.stop(),
  };
}

const forms: Readonly<Record<string, RegExp>> = {
  files: /^https?:\/\/[^/\s]+\S*$/,
  tags: /^[!-~]{1,1024}$/,
  prefixes: /^[^/:\s]+(?:\/\S*)?$/,
  hosts: /^[^/:\s]+$/,
};

function asPurge(body: object): CloudflarePurge | undefined {
  const [[kind, items] = ["", undefined], ...rest] = Object.entries(body) as [string, unknown][];
  if (rest.length > 0) return undefined;
  if (kind === "purge_everything") return items === true ? { kind, items } : undefined;
  const form = Object.hasOwn(forms, kind) ? forms[kind] : undefined;
  if (form === undefined || !Array.isArray(items)) return undefined;
  if (items.length === 0 || items.length > CLOUDFLARE_MOST) return undefined;
  return items.every((item) => typeof item === "string" && form.test(item)) ? { kind, items } : undefined;
}
