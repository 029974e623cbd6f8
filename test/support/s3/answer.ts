import { type Bucket, crc32Base64, type NamedPart, Refusal } from "./bucket.ts";
import type { Operation } from "./operation.ts";
import { parseXml } from "./xml.ts";

export type S3Request = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type S3Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
};

const MOST_KEYS = 1_000;

/** Carries out one operation. Throws {@link Refusal}. */
export function answer(
  bucket: Bucket,
  { name, key, query }: Operation,
  { headers, body }: S3Request,
): S3Answer {
  const uploadId = query.get("uploadId") ?? "";
  switch (name) {
    case "PutObject": {
      const crc = checked(headers, body);
      const { etag } = bucket.put(key, body, keptOf(headers));
      return { status: 200, headers: { etag, ...echoed(crc) } };
    }
    case "GetObject":
      return objectAnswer(bucket, key, headers);
    case "HeadObject": {
      const { body: whole, etag } = stored(bucket, key);
      return { status: 200, headers: { etag, "content-length": String(whole.length) } };
    }
    case "DeleteObject":
      bucket.objects.delete(key);
      return { status: 204 };
    case "ListObjectsV2":
      return listing(bucket, query);
    case "CreateMultipartUpload": {
      const id = bucket.begin(key, headers["x-amz-checksum-algorithm"] !== undefined, keptOf(headers));
      return xml(
        `<InitiateMultipartUploadResult><Key>${escaped(key)}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      );
    }
    case "UploadPart": {
      const crc = checked(headers, body);
      const { etag } = bucket.addPart(key, uploadId, Number(query.get("partNumber")), body, crc);
      return { status: 200, headers: { etag, ...echoed(crc) } };
    }
    case "CompleteMultipartUpload": {
      const { etag } = bucket.complete(key, uploadId, namedParts(body));
      return xml(
        `<CompleteMultipartUploadResult><Key>${escaped(key)}</Key><ETag>${escaped(etag)}</ETag></CompleteMultipartUploadResult>`,
      );
    }
    case "AbortMultipartUpload":
      bucket.upload(key, uploadId);
      bucket.uploads.delete(uploadId);
      return { status: 204 };
    case "ListMultipartUploads":
      return uploadListing(bucket, query);
  }
}

function stored(bucket: Bucket, key: string) {
  const found = bucket.objects.get(key);
  if (found === undefined) throw new Refusal(404, "NoSuchKey", "The specified key does not exist.");
  return found;
}

function objectAnswer(bucket: Bucket, key: string, headers: S3Request["headers"]): S3Answer {
  const { body, etag } = stored(bucket, key);
  const match = headers["if-match"];
  if (match !== undefined && match !== etag) throw new Refusal(412, "PreconditionFailed");
  const range = headers["range"];
  if (range === undefined) return { status: 200, headers: { etag }, body };
  const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? Number.NaN);
  if (!(from < body.length)) throw new Refusal(416, "InvalidRange", "The requested range is not satisfiable");
  const last = body.length - 1;
  return {
    status: 206,
    headers: { etag, "content-range": `bytes ${from}-${last}/${body.length}` },
    body: body.subarray(from),
  };
}

function listing(bucket: Bucket, query: URLSearchParams): S3Answer {
  const prefix = query.get("prefix") ?? "";
  const after = Buffer.from(query.get("continuation-token") ?? "", "base64url").toString();
  const most = Math.min(MOST_KEYS, Number(query.get("max-keys") ?? MOST_KEYS));
  const keys = [...bucket.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = keys.slice(0, most);
  const truncated = keys.length > page.length;
  const next = truncated
    ? `<NextContinuationToken>${Buffer.from(page.at(-1) ?? "").toString("base64url")}</NextContinuationToken>`
    : "";
  const items = page.map((key) => {
    const { body, etag } = stored(bucket, key);
    return `<Contents><Key>${escaped(key)}</Key><Size>${body.length}</Size><ETag>${escaped(etag)}</ETag></Contents>`;
  });
  return xml(
    `<ListBucketResult><IsTruncated>${truncated}</IsTruncated>${next}<KeyCount>${page.length}</KeyCount>${items.join("")}</ListBucketResult>`,
  );
}

/** By key, and by time within one; markers name the last one of the page before ("ListMultipartUploads", S3 API reference). */
function uploadListing(bucket: Bucket, query: URLSearchParams): S3Answer {
  const prefix = query.get("prefix") ?? "";
  const [keyMarker, idMarker] = [query.get("key-marker"), query.get("upload-id-marker")];
  const all = [...bucket.uploads]
    .filter(([, { key }]) => key.startsWith(prefix))
    .sort(([, a], [, b]) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const last = all.findIndex(([id, { key }]) => key === keyMarker && id === idMarker);
  const rest = all.slice(last + 1);
  const page = rest.slice(0, Math.min(MOST_KEYS, Number(query.get("max-uploads") ?? MOST_KEYS)));
  const [nextId, next] = page.at(-1) ?? ["", undefined];
  const markers = `<NextKeyMarker>${escaped(next?.key ?? "")}</NextKeyMarker><NextUploadIdMarker>${nextId}</NextUploadIdMarker>`;
  const items = page.map(
    ([id, { key, begunAt }]) =>
      `<Upload><Key>${escaped(key)}</Key><UploadId>${id}</UploadId><Initiated>${begunAt.toISOString()}</Initiated></Upload>`,
  );
  const truncated = rest.length > page.length;
  return xml(
    `<ListMultipartUploadsResult><IsTruncated>${truncated}</IsTruncated>${truncated ? markers : ""}${items.join("")}</ListMultipartUploadsResult>`,
  );
}

/** The CRC that the body was sent with, which must be right. */
function checked(headers: S3Request["headers"], body: Buffer): string | undefined {
  const crc = headers["x-amz-checksum-crc32"];
  if (crc !== undefined && crc !== crc32Base64(body))
    throw new Refusal(400, "BadDigest", "The CRC32 you specified did not match the calculated checksum.");
  return crc;
}

function echoed(crc: string | undefined): Record<string, string> {
  return crc === undefined ? {} : { "x-amz-checksum-crc32": crc };
}

const KEPT = [
  "x-amz-storage-class",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
];

function keptOf(headers: S3Request["headers"]): Record<string, string> {
  return Object.fromEntries(
    KEPT.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}

function namedParts(body: Buffer): NamedPart[] {
  const document = parseXml(body.toString());
  if (document.name !== "CompleteMultipartUpload") throw new Refusal(400, "MalformedXML");
  return document.children.map(({ children }) => {
    const field = (name: string): string | undefined => children.find((child) => child.name === name)?.text;
    return { number: Number(field("PartNumber")), etag: field("ETag") ?? "", crc: field("ChecksumCRC32") };
  });
}

/** An error of S3 as it goes over the wire. */
export function refusalAnswer(
  { status, code, message }: Refusal,
  headers: Record<string, string> = {},
): S3Answer {
  const error = `<Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`;
  return { ...xml(error, status), headers: { "content-type": "application/xml", ...headers } };
}

function xml(body: string, status = 200): S3Answer {
  return {
    status,
    headers: { "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
