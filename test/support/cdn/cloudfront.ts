import { randomBytes } from "node:crypto";
import { SaxesParser } from "saxes";
import {
  type Answer,
  type Handler,
  type HttpServer,
  type Received,
  startHttpServer,
} from "../http-server.ts";
import { isRightlySigned, readSignature } from "../providers/aws-signature.ts";
import { headerOf } from "../providers/provider.ts";

export type Invalidation = {
  readonly id: string;
  readonly reference: string;
  readonly paths: readonly string[];
  /** How many requests it is still in progress for. */
  left: number;
};

export type CloudFront = {
  readonly apiUrl: string;
  readonly distribution: string;
  readonly keyId: string;
  readonly secret: string;
  /** Of a temporary key; empty with one that lasts. */
  readonly sessionToken: string;
  /** What was begun, oldest first. */
  readonly invalidations: readonly Invalidation[];
  readonly requests: HttpServer["requests"];
  /** How many requests the invalidations that follow stay in progress for. */
  takes(requests: number): void;
  /** Called whenever an invalidation has begun. */
  whenBegun(act: () => void): void;
  /** The requests that follow meet this; with "after", once the service has done what they ask. Without, they reach it. */
  instead(handler?: Handler, after?: "after"): void;
  stop(): Promise<void>;
};

const NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

// "Concurrent invalidation request maximum" of the CloudFront guide.
const MOST_FILES = 3_000;
const MOST_WILDCARDS = 15;

/** An error of CloudFront's API. */
export function awsError(status: number, code: string): Answer {
  return xml(
    status,
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code><Message>No.</Message></Error></ErrorResponse>`,
  );
}

/**
 * Starts a stand-in for CloudFront's invalidations, as its API reference has them: every signature is checked, the XML is
 * read strictly, a reference that was seen before makes no second invalidation, and limits are kept. Its key is a temporary
 * one, or one of a user, which has no session.
 */
export async function startCloudFront(key: "temporary" | "lasting" = "temporary"): Promise<CloudFront> {
  const distribution = `E${randomBytes(6).toString("hex").toUpperCase()}`;
  const keyId = `${key === "temporary" ? "ASIA" : "AKIA"}${randomBytes(8).toString("hex").toUpperCase()}`;
  const secret = randomBytes(30).toString("base64");
  const sessionToken = key === "temporary" ? randomBytes(60).toString("base64") : "";
  const invalidations: Invalidation[] = [];
  let duration = 0;
  let begun = (): void => undefined;
  let trouble: { handler: Handler; after: boolean } | undefined;
  const base = `/2020-05-31/distribution/${distribution}/invalidation`;

  const begin = (request: Received): Answer => {
    if (headerOf(request, "content-type") !== "text/xml") return awsError(400, "MissingBody");
    const batch = readBatch(request.body.toString());
    if (typeof batch === "string") return awsError(400, batch);
    const { reference, paths } = batch;
    const earlier = invalidations.find((each) => each.reference === reference);
    if (earlier !== undefined)
      return earlier.paths.join() === paths.join()
        ? tell(earlier, 201)
        : awsError(400, "InvalidationBatchAlreadyExists");
    const open = [...paths, ...invalidations.filter(({ left }) => left > 0).flatMap((each) => each.paths)];
    const wildcards = open.filter((path) => path.endsWith("*")).length;
    if (wildcards > MOST_WILDCARDS || open.length - wildcards > MOST_FILES)
      return awsError(400, "TooManyInvalidationsInProgress");
    const id = `I${randomBytes(8).toString("hex").toUpperCase()}`;
    const made = { id, reference, paths, left: duration };
    invalidations.push(made);
    begun();
    return tell(made, 201);
  };
  const answer = (request: Received): Answer => {
    const signed = readSignature(request);
    if (signed === undefined) return awsError(403, "MissingAuthenticationToken");
    if (signed.keyId !== keyId || (headerOf(request, "x-amz-security-token") ?? "") !== sessionToken)
      return awsError(403, "InvalidClientTokenId");
    const rightly = signed.service === "cloudfront" && signed.region === "us-east-1";
    if (!rightly || !isRightlySigned(request, signed, secret)) return awsError(403, "SignatureDoesNotMatch");
    for (const each of invalidations) each.left = Math.max(0, each.left - 1);
    if (!request.url.startsWith(base)) return awsError(404, "NoSuchDistribution");
    if (request.method === "POST" && request.url === base) return begin(request);
    const found = invalidations.find(({ id }) => request.url === `${base}/${id}`);
    if (request.method !== "GET" || found === undefined) return awsError(404, "NoSuchInvalidation");
    return tell(found, 200);
  };
  const server = await startHttpServer((request, response) => {
    if (trouble === undefined) return answer(request);
    if (trouble.after) answer(request);
    return trouble.handler(request, response);
  });
  return {
    apiUrl: server.origin,
    ...{ distribution, keyId, secret, sessionToken, invalidations, requests: server.requests },
    takes: (next) => {
      duration = next;
    },
    whenBegun: (act) => {
      begun = act;
    },
    instead: (handler, after) => {
      trouble = handler === undefined ? undefined : { handler, after: after === "after" };
    },
    stop: () => server.stop(),
  };
}

function tell({ id, reference, paths, left }: Invalidation, status: number): Answer {
  const items = paths.map((path) => `<Path>${escaped(path)}</Path>`).join("");
  const batch = `<InvalidationBatch><Paths><Quantity>${paths.length}</Quantity><Items>${items}</Items></Paths><CallerReference>${reference}</CallerReference></InvalidationBatch>`;
  const state = left > 0 ? "InProgress" : "Completed";
  return xml(
    status,
    `<Invalidation xmlns="${NAMESPACE}"><Id>${id}</Id><Status>${state}</Status><CreateTime>2026-11-21T10:00:00Z</CreateTime>${batch}</Invalidation>`,
  );
}

/** The batch that a body asks for, or the code of the error that it is worth. */
function readBatch(text: string): { reference: string; paths: string[] } | string {
  const where: string[] = [];
  const found: Record<string, string[]> = {};
  const parser = new SaxesParser({ xmlns: true });
  let broken = false;
  parser.on("error", () => {
    broken = true;
  });
  parser.on("opentag", ({ local, uri }) => {
    if (uri !== NAMESPACE) broken = true;
    where.push(local);
    found[where.join("/")] ??= [];
    found[where.join("/")]?.push("");
  });
  parser.on("text", (part) => {
    const values = found[where.join("/")];
    if (values !== undefined) values[values.length - 1] += part;
  });
  parser.on("closetag", () => void where.pop());
  parser.write(text).close();
  const { "InvalidationBatch/CallerReference": [reference = ""] = [] } = found;
  const paths = found["InvalidationBatch/Paths/Items/Path"] ?? [];
  const quantity = found["InvalidationBatch/Paths/Quantity"]?.[0];
  if (broken || reference === "") return "MalformedXML";
  if (quantity !== String(paths.length) || paths.length === 0) return "InconsistentQuantities";
  if (!paths.every((path) => /^\/[!-~]*$/.test(path) && path.length <= 4_000)) return "InvalidArgument";
  return { reference, paths };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function xml(status: number, body: string): Answer {
  return {
    status,
    headers: { "content-type": "text/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}
