import { remoteLine } from "../../../../shared/runtime/remote-text.ts";
import { type Answer, below, headerOf, redirected, unexpected } from "./ask.ts";
import { signatureRefusal } from "./aws-refusal.ts";
import { askAws, errorCodeOf } from "./aws-request.ts";
import { accepted, type Filled, type ProbeAnswer, type ProbeContext, refused } from "./probe.ts";

/**
 * Asks for the bucket's head, and where that does not settle it, for an empty list: a HEAD has no body that would say why,
 * and any web server answers one. Nothing is read out of objects, and nothing is written.
 */
export async function probeS3(config: Filled<"s3">, context: ProbeContext): Promise<ProbeAnswer> {
  const { region, bucket } = config;
  const base = config.endpoint ?? `https://s3.${region}.amazonaws.com`;
  const url = below(base, `/${bucket}`);
  const request = { method: "HEAD", url, service: "s3", region, takesRedirects: true } as const;
  const head = await askAws(request, config, context);
  const { status, headers } = head;
  const home = /^[a-z0-9-]{1,40}$/.exec(headerOf(head, "x-amz-bucket-region"))?.[0] ?? "";
  const speaksS3 = Object.keys(headers).some((name) => name.startsWith("x-amz-"));
  if (status === 200 && speaksS3) return accepted("the key may list the bucket", { region });
  // S3 redirects (301) to the region of a bucket, or tells it beside a refusal.
  if (home !== "" && home !== region && region !== "auto") return otherRegion(home);
  if (status >= 300 && status < 400) throw redirected(status);
  if (![200, 400, 403, 404].includes(status)) throw unexpected(status);
  const list = new URL(url);
  list.search = "?list-type=2&max-keys=0";
  return judgeList(
    await askAws({ method: "GET", url: list, service: "s3", region }, config, context),
    config,
  );
}

function judgeList(answer: Answer, { rights, region }: Filled<"s3">): ProbeAnswer {
  if (answer.status === 200 && /<ListBucketResult[\s>]/.test(answer.text))
    return accepted("the key may list the bucket", { region });
  const refusal = signatureRefusal(answer, "S3");
  if (refusal !== undefined) return refusal;
  switch (errorCodeOf(answer)) {
    case "InvalidAccessKeyId":
      return refused("invalid", ["key"], "S3 does not know the key", "Make a new access key.");
    case "InvalidToken":
      return refused(
        "invalid",
        ["session-token"],
        "S3 does not take the session token",
        "Set all three anew.",
      );
    case "AuthorizationHeaderMalformed":
      return otherRegion(/<Region>([\w-]{1,40})<\/Region>/.exec(answer.text)?.[1] ?? "");
    case "NoSuchBucket":
      return refused(
        "invalid",
        ["bucket"],
        "there is no such bucket",
        "Check its name; buckets of other accounts look the same.",
      );
    case "AccessDenied":
      break;
    default:
      throw unexpected(answer.status);
  }
  const seen = "the key is known, and may not list the bucket; whether it may upload was not tried";
  if (rights === "upload") return accepted(seen, { region });
  const mend = "Allow s3:ListBucket on it, or write rights: upload if the key is to upload only.";
  return refused("insufficient", ["key"], "the key may not list the bucket", mend);
}

function otherRegion(home: string): ProbeAnswer {
  const where = home === "" ? "another region" : `the region ${remoteLine(home, { max: 40 })}`;
  return refused("invalid", ["region"], `the bucket is in ${where}`, "Set the region of the bucket.");
}
