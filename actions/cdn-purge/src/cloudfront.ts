import { AwsV4Signer } from "aws4fetch";
import type { AwsKeys } from "./aws-key.ts";
import type { Purge } from "./plan.ts";
import {
  type Answer,
  final,
  limited,
  type Patience,
  passing,
  type Reply,
  type Request,
  send,
} from "./reply.ts";

export type Distribution = { readonly apiUrl: string; readonly distribution: string; readonly keys: AwsKeys };

export type Invalidation = { readonly id: string; readonly completed: boolean };

const VERSION = "2020-05-31";

/**
 * Asks CloudFront to invalidate paths, once. With the same reference and paths it answers with the invalidation that it
 * has already begun (CreateInvalidation in its API reference), so that a lost answer may be asked for again.
 */
export async function createInvalidation(
  { items }: Extract<Purge, { cdn: "cloudfront" }>,
  reference: string,
  at: Distribution,
  patience: Patience,
): Promise<Reply<Invalidation>> {
  const paths = items.map((path) => `<Path>${escaped(path)}</Path>`).join("");
  const body = `<?xml version="1.0" encoding="UTF-8"?><InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/${VERSION}/"><CallerReference>${reference}</CallerReference><Paths><Items>${paths}</Items><Quantity>${items.length}</Quantity></Paths></InvalidationBatch>`;
  return invalidationIn(await ask("POST", "", at, patience, body));
}

/** Asks how far an invalidation is. */
export async function readInvalidation(
  id: string,
  at: Distribution,
  patience: Patience,
): Promise<Reply<Invalidation>> {
  return invalidationIn(await ask("GET", `/${id}`, at, patience));
}

async function ask(
  method: "GET" | "POST",
  path: string,
  { apiUrl, distribution, keys }: Distribution,
  patience: Patience,
  body?: string,
) {
  const url = `${apiUrl}/${VERSION}/distribution/${distribution}/invalidation${path}`;
  const key = await keys();
  const now = new Date(patience.clock.now()).toISOString();
  const signer = new AwsV4Signer({
    ...{ method, url, service: "cloudfront", region: "us-east-1" },
    datetime: now.replace(/[:-]|\.\d{3}/g, ""),
    ...{ accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey },
    ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken }),
    ...(body === undefined ? {} : { body, headers: { "content-type": "text/xml" } }),
  });
  const signed = await signer.sign();
  const request: Request = { method, url: signed.url, headers: Object.fromEntries(signed.headers.entries()) };
  return send(body === undefined ? request : { ...request, body }, patience);
}

function invalidationIn(answer: Awaited<ReturnType<typeof send>>): Reply<Invalidation> {
  if (answer.kind !== "answer") return answer;
  const { status, text } = answer;
  if (status < 200 || status >= 300) return refusal(answer);
  const id = /<Id>([A-Z0-9]{4,64})<\/Id>/.exec(text)?.[1];
  const state = /<Status>(InProgress|Completed)<\/Status>/.exec(text)?.[1];
  if (id !== undefined && state !== undefined)
    return { kind: "done", value: { id, completed: state === "Completed" } };
  return passing(`the answer (HTTP ${status}) is not CloudFront's`, "Check for a proxy in between.");
}

const KEYS =
  "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for keys that begin with ASIA, AWS_SESSION_TOKEN.";

// "Common errors" and "Errors" of CreateInvalidation.
const HINTS: Readonly<Record<string, string>> = {
  AccessDenied:
    "The role or user needs cloudfront:CreateInvalidation and cloudfront:GetInvalidation on the distribution.",
  NoSuchDistribution: "Check cloudfront-distribution, and that the credentials are those of its account.",
  InvalidArgument: "Check the paths.",
  BatchTooLarge: "Invalidate /* instead of so many paths.",
  InvalidClientTokenId: KEYS,
  SignatureDoesNotMatch: KEYS,
  InvalidSignature: KEYS,
  ExpiredToken: "The session has ended: ask for a longer one (role-duration-seconds), or use a role by OIDC.",
};

function refusal({ status, text }: Answer): Reply<never> {
  const code = /<Code>([A-Za-z0-9.]{1,80})<\/Code>/.exec(text)?.[1] ?? "";
  if (/^(?:TooManyInvalidationsInProgress|Throttling|ThrottlingException|RequestLimitExceeded)$/.test(code))
    return limited(`CloudFront has as much to do as it takes (${code})`);
  if (code === "")
    return passing(`the answer (HTTP ${status}) is not CloudFront's`, "Check for a proxy in between.");
  return final(
    `CloudFront says ${code} (HTTP ${status})`,
    HINTS[code] ?? "See what CloudFront's API says of it.",
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
