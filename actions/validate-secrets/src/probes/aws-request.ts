import { AwsV4Signer } from "aws4fetch";
import { type Answer, ask } from "./ask.ts";
import type { ProbeContext } from "./probe.ts";

export type AwsKey = {
  readonly key: string;
  readonly secret: string;
  readonly "session-token"?: string | undefined;
};

export type AwsAsk = {
  readonly method: "GET" | "HEAD";
  readonly url: URL;
  readonly service: "sts" | "s3";
  readonly region: string;
  readonly takesRedirects?: true;
};

// After a wrong secret AWS turns down the right one of the same key for some seconds (seen by trufflehog, accesskey.go).
const SETTLE_MS = 5_000;

/** Asks AWS, or what speaks its protocol, with a signature of version 4. Throws as `ask` does. */
export async function askAws(request: AwsAsk, key: AwsKey, context: ProbeContext): Promise<Answer> {
  const { method, url, service, region, takesRedirects } = request;
  const now = new Date(context.clock.now()).toISOString();
  const signer = new AwsV4Signer({
    ...{ method, url: url.href, service, region, datetime: now.replace(/[:-]|\.\d{3}/g, "") },
    ...{ accessKeyId: key.key, secretAccessKey: key.secret },
    ...(key["session-token"] === undefined ? {} : { sessionToken: key["session-token"] }),
  });
  const signed = await signer.sign();
  const headers = Object.fromEntries(signed.headers.entries());
  return ask({ method, url: signed.url, headers, ...(takesRedirects ? { takesRedirects } : {}) }, context);
}

/** Asks a second time where AWS may only seem to know the secret as wrong. */
export async function askAwsTwice(request: AwsAsk, key: AwsKey, context: ProbeContext): Promise<Answer> {
  const first = await askAws(request, key, context);
  if (errorCodeOf(first) !== "SignatureDoesNotMatch" || context.timeoutMs <= 2 * SETTLE_MS) return first;
  await context.clock.sleep(SETTLE_MS, context.signal);
  return askAws(request, key, context);
}

/** The `Code` in an error of AWS, which is XML. */
export function errorCodeOf({ text, status }: Answer): string {
  if (status < 400 || !/<Error(?:Response)?[\s>]/.test(text)) return "";
  return /<Code>([A-Za-z0-9.]{1,80})<\/Code>/.exec(text)?.[1] ?? "";
}
