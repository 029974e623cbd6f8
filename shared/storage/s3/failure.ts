import { errorCode, networkReason } from "../../net/reason.ts";
import { remoteLine } from "../../runtime/remote-text.ts";
import { UserError } from "../../runtime/user-error.ts";

type Answered = {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: unknown;
};

// "Error responses" of the Amazon S3 API reference; the last four say that bytes were damaged or lost on the way.
const PASSING = new Set([
  "SlowDown",
  "Throttling",
  "ThrottlingException",
  "RequestLimitExceeded",
  "TooManyRequests",
  "InternalError",
  "ServiceUnavailable",
  "OperationAborted",
  "TimeoutError",
  "RequestTimeTooSkewed",
  "RequestTimeout",
  "IncompleteBody",
  "BadDigest",
  "XAmzContentSHA256Mismatch",
]);

// Of network errors, these do not pass by themselves.
const LASTING = /^(?:ENOTFOUND|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_INVALID|EACCES)/;

/** The HTTP status of what S3 answered; `undefined` when it did not answer. */
export function statusOf(error: unknown): number | undefined {
  return (error as Partial<Answered> | undefined)?.$metadata?.httpStatusCode;
}

/** Whether S3 says that there is no such object or upload. */
export function isGone(error: unknown): boolean {
  const name = error instanceof Error ? error.name : "";
  return (
    ["NoSuchKey", "NoSuchUpload", "NotFound"].includes(name) ||
    (statusOf(error) === 404 && name !== "NoSuchBucket")
  );
}

/** Whether the same request may succeed later. Also true when it may have had its effect without our hearing of it. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "AbortError") return false;
  if (PASSING.has(error.name)) return true;
  const status = statusOf(error);
  if (status !== undefined && status >= 300) return status >= 500 || status === 429 || status === 408;
  // An answer that stopped half-way, or a page of a proxy in place of one.
  if (status !== undefined) return true;
  const code = errorCode(error);
  return code !== "" && !LASTING.test(code);
}

const KEYS =
  "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for keys that begin with ASIA) in the step's env.";
const REGION = "Set 's3-region' to the bucket's region, and 's3-endpoint' if it is not at AWS.";
const RIGHTS =
  "The key needs s3:PutObject, s3:GetObject, s3:ListBucket, s3:AbortMultipartUpload and, for retention, s3:DeleteObject on it.";

const HINTS: Readonly<Record<string, string>> = {
  AccessDenied: RIGHTS,
  Forbidden: RIGHTS,
  NoSuchBucket: `Check the bucket's name. ${REGION}`,
  InvalidAccessKeyId: KEYS,
  SignatureDoesNotMatch: KEYS,
  InvalidToken: KEYS,
  ExpiredToken: "The session has ended: ask for a longer one (role-duration-seconds), or use a role by OIDC.",
  CredentialsProviderError: `No credentials were found. ${KEYS} For OIDC, run aws-actions/configure-aws-credentials before.`,
  PermanentRedirect: REGION,
  AuthorizationHeaderMalformed: REGION,
  IllegalLocationConstraintException: REGION,
  NotImplemented: "If the service does not know checksums in requests, set 's3-checksums: when-required'.",
  XAmzContentSHA256Mismatch: "Something on the way changes what is sent: a proxy, perhaps.",
  BadDigest: "Something on the way changes what is sent: a proxy, perhaps.",
  SlowDown: "The service takes no more requests for now: run again later, or spread the load over prefixes.",
  EntityTooLarge: "Set 's3-part-size' to less.",
  TooManyParts: "Set 's3-part-size' to more.",
};

/** The error for a request that failed for good: what was to be done, what S3 says, and what to do. */
export function s3Error(what: string, error: unknown): Error {
  if (error instanceof UserError) return error;
  if (!(error instanceof Error)) return new Error(String(error));
  const status = statusOf(error);
  const reason = networkReason(error);
  if (reason !== undefined && status === undefined)
    return new UserError(`${what} failed: ${reason.why}.`, { hint: reason.hint, cause: error });
  if (error.message === "Region is missing")
    return new UserError(`${what} failed: no region is set.`, { hint: REGION, cause: error });
  const known = HINTS[error.name];
  if (status === undefined && known === undefined && errorCode(error) === "" && error.name !== "TimeoutError")
    return error;
  const said =
    status === undefined
      ? ""
      : `HTTP ${status}${error.name === "Error" ? "" : ` ${remoteLine(error.name)}`}: `;
  const checksum = /checksum|trailer|aws-chunked/i.test(error.message) ? HINTS["NotImplemented"] : undefined;
  return new UserError(`${what} failed: ${said}${remoteLine(error.message).replace(/\.$/, "")}.`, {
    hint:
      checksum ??
      known ??
      (mayPass(error) ? "The service is in trouble: run again later." : "See what the service says."),
    cause: error,
  });
}
