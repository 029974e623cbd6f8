import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Received } from "../http-server.ts";
import { headerOf } from "./provider.ts";

/** What the Authorization header of signature version 4 says. */
export type Signed = {
  readonly keyId: string;
  /** yyyymmdd */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly headers: readonly string[];
  readonly signature: string;
};

/** Reads the header; `undefined` when it is absent or incomplete. */
export function readSignature(request: Received): Signed | undefined {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
  const found = pattern.exec(headerOf(request, "authorization"));
  if (found === null) return undefined;
  const [, keyId = "", day = "", region = "", service = "", headers = "", signature = ""] = found;
  return { keyId, day, region, service, headers: headers.split(";"), signature };
}

/**
 * Whether the signature is the one that this secret gives, by the steps in "Create a signed AWS API request" of the AWS
 * documentation. Host, date and, where they are sent, the session token and the body's hash must be among what is signed.
 */
export function isRightlySigned(request: Received, signed: Signed, secret: string): boolean {
  const obligatory = ["host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];
  const sent = obligatory.filter((name, index) => index < 2 || name in request.headers);
  if (!sent.every((name) => signed.headers.includes(name))) return false;
  const date = headerOf(request, "x-amz-date");
  if (!/^\d{8}T\d{6}Z$/.test(date) || !date.startsWith(signed.day)) return false;
  const hash = sha256(request.body);
  const declared = headerOf(request, "x-amz-content-sha256");
  if (declared !== "" && declared !== "UNSIGNED-PAYLOAD" && declared !== hash) return false;
  const scope = `${signed.day}/${signed.region}/${signed.service}/aws4_request`;
  const canonical = canonicalRequest(request, signed.headers, declared || hash);
  const text = ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n");
  const steps = [signed.day, signed.region, signed.service, "aws4_request"];
  const key = steps.reduce<Buffer | string>((soFar, step) => hmac(soFar, step), `AWS4${secret}`);
  return timingSafeEqual(hmac(key, text), Buffer.from(signed.signature, "hex"));
}

function canonicalRequest(request: Received, headers: readonly string[], hash: string): string {
  const [path = "/", query = ""] = request.url.split("?", 2);
  const pairs = query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [name = "", value = ""] = pair.split("=", 2).map((part) => encode(decodeURIComponent(part)));
      return `${name}=${value}`;
    })
    .sort();
  const lines = headers.map((name) => `${name}:${headerOf(request, name).trim().replace(/ +/g, " ")}\n`);
  const canonicalPath = path
    .split("/")
    .map((part) => encode(decodeURIComponent(part)))
    .join("/");
  return [request.method, canonicalPath, pairs.join("&"), lines.join(""), headers.join(";"), hash].join("\n");
}

/** All but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
