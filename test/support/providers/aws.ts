import type { Answer, Received } from "../http-server.ts";
import { isRightlySigned, readSignature } from "./aws-signature.ts";
import { addressOf, headerOf, type Provider, parametersOf, startProvider } from "./provider.ts";

export type AwsKey = {
  readonly secret: string;
  /** Goes with keys that end by themselves (ASIA…). */
  readonly sessionToken?: string;
  readonly expired?: boolean;
  /** Buckets that it may list. */
  readonly lists?: readonly string[];
};

export type AwsOptions = {
  readonly keys: Readonly<Record<string, AwsKey>>;
  /** The account of all keys, 12 digits. */
  readonly account?: string;
  /** Region of each bucket. */
  readonly buckets?: Readonly<Record<string, string>>;
};

export type Aws = Provider & {
  /** As after a try with a wrong secret a moment ago: this many right signatures are taken for wrong. */
  distrust(times: number): void;
};

type Refusal = readonly [status: number, code: string, message: string];

// AWS accepts a signature for 15 minutes around its date.
const CLOCK_SKEW_MS = 15 * 60_000;

/** Starts STS (GetCallerIdentity) and S3 (HeadBucket, addressed by path) in one. Every signature is checked. */
export async function startAws(options: AwsOptions): Promise<Aws> {
  let distrusted = 0;
  const provider = await startProvider((request, effect) => {
    const service = readSignature(request)?.service;
    const sts = service === "sts" || (service === undefined && parametersOf(request).has("Action"));
    let refused = refusalOf(request, options);
    if (refused === undefined && distrusted > 0) {
      distrusted--;
      refused = wrongSignature;
    }
    if (sts) return refused === undefined ? identity(request, options) : xml(...refused);
    const list = request.method === "GET" && addressOf(request).searchParams.get("list-type") === "2";
    if (request.method !== "HEAD" && !list) effect(`${request.method} of the bucket`);
    const [status, code, message, headers] = bucketAnswer(request, options, refused);
    // A HEAD has no body: its status and the bucket's region are all that is said.
    return list ? { ...s3Document(status, code, message), headers } : { status, headers };
  });
  return {
    ...provider,
    distrust: (times) => {
      distrusted = times;
    },
  };
}

const wrongSignature: Refusal = [
  403,
  "SignatureDoesNotMatch",
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
];

function refusalOf(request: Received, { keys }: AwsOptions): Refusal | undefined {
  if (headerOf(request, "authorization") === "")
    return [403, "MissingAuthenticationToken", "Request is missing Authentication Token"];
  const signed = readSignature(request);
  if (signed === undefined) return [400, "IncompleteSignature", "Authorization header is incomplete."];
  const key = Object.hasOwn(keys, signed.keyId) ? keys[signed.keyId] : undefined;
  const unknown: Refusal = [
    403,
    "InvalidClientTokenId",
    "The security token included in the request is invalid.",
  ];
  if (key === undefined) return unknown;
  if ((headerOf(request, "x-amz-security-token") || undefined) !== key.sessionToken) return unknown;
  if (Math.abs(Date.now() - signedAt(request)) > CLOCK_SKEW_MS)
    return [403, "SignatureDoesNotMatch", "Signature expired."];
  if (!isRightlySigned(request, signed, key.secret)) return wrongSignature;
  if (key.expired === true)
    return [403, "ExpiredToken", "The security token included in the request is expired"];
  return undefined;
}

function signedAt(request: Received): number {
  const date = headerOf(request, "x-amz-date");
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function identity(request: Received, { account = "123456789012" }: AwsOptions): Answer {
  const action = parametersOf(request);
  if (action.get("Action") !== "GetCallerIdentity" || action.get("Version") !== "2011-06-15")
    return xml(400, "InvalidAction", "Could not find operation for version");
  const who = `<Arn>arn:aws:iam::${account}:user/deploy</Arn><UserId>AIDAEXAMPLE</UserId><Account>${account}</Account>`;
  return document(
    200,
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${who}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
  );
}

/** What S3 says of a bucket: the status, the code and message of an error, and the region that tells where it is. */
function bucketAnswer(
  request: Received,
  { keys, buckets = {} }: AwsOptions,
  refused: Refusal | undefined,
): readonly [...Refusal, Record<string, string>] {
  const signed = readSignature(request);
  const bucket = addressOf(request).pathname.replace(/^\/|\/$/g, "");
  const region = Object.hasOwn(buckets, bucket) ? buckets[bucket] : undefined;
  const where: Record<string, string> = region === undefined ? {} : { "x-amz-bucket-region": region };
  // S3 wants the hash of the body as a header, unlike the other services.
  if (headerOf(request, "x-amz-content-sha256") === "")
    return [400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256", where];
  if (refused !== undefined) return [...(s3Refusals[refused[1]] ?? refused), where];
  if (region === undefined) return [404, "NoSuchBucket", "The specified bucket does not exist", where];
  if (signed?.region !== region)
    return [400, "AuthorizationHeaderMalformed", `the region is wrong; expecting '${region}'`, where];
  if (keys[signed.keyId]?.lists?.includes(bucket) !== true)
    return [403, "AccessDenied", "Access Denied", where];
  return [200, "", "", where];
}

// S3 has other words than STS for the same.
const s3Refusals: Readonly<Record<string, Refusal>> = {
  InvalidClientTokenId: [
    403,
    "InvalidAccessKeyId",
    "The AWS Access Key Id you provided does not exist in our records.",
  ],
  MissingAuthenticationToken: [403, "AccessDenied", "Access Denied"],
  ExpiredToken: [400, "ExpiredToken", "The provided token has expired."],
};

function s3Document(status: number, code: string, message: string): Answer {
  if (status === 200) return document(200, "<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>");
  return document(status, `<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}

function xml(status: number, code: string, message: string): Answer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return document(
    status,
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}<RequestId>0</RequestId></ErrorResponse>`,
  );
}

function document(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/xml" }, body };
}
