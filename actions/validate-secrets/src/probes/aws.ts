import { remoteLine } from "../../../../shared/runtime/remote-text.ts";
import { unexpected } from "./ask.ts";
import { signatureRefusal } from "./aws-refusal.ts";
import { askAwsTwice, errorCodeOf } from "./aws-request.ts";
import { accepted, type Filled, type ProbeAnswer, type ProbeContext, refused } from "./probe.ts";

/** Asks STS whose key it is, which needs no permission; the account is read out of the key's ID before that. */
export async function probeAws(config: Filled<"aws">, context: ProbeContext): Promise<ProbeAnswer> {
  const { account, key } = config;
  const told = accountOfKey(key);
  if (account !== undefined && told !== undefined && told !== account) return wrongAccount();

  const base = config["api-url"] ?? "https://sts.amazonaws.com";
  const url = new URL(`${base.replace(/\/+$/, "")}/?Action=GetCallerIdentity&Version=2011-06-15`);
  const region = config.region ?? "us-east-1";
  const answer = await askAwsTwice({ method: "GET", url, service: "sts", region }, config, context);
  if (answer.status === 200 && /<GetCallerIdentityResponse[\s>]/.test(answer.text)) {
    const arn = /<Arn>([^<]{1,2048})<\/Arn>/.exec(answer.text)?.[1] ?? "";
    const seen = /<Account>(\d{12})<\/Account>/.exec(answer.text)?.[1] ?? "";
    if (seen === "") throw unexpected(answer.status);
    if (account !== undefined && seen !== account) return wrongAccount();
    return accepted("the key is known to AWS", { arn: remoteLine(arn) });
  }
  const refusal = signatureRefusal(answer, "AWS");
  if (refusal !== undefined) return refusal;
  switch (errorCodeOf(answer)) {
    case "InvalidClientTokenId":
      return refused(
        "invalid",
        ["key"],
        "AWS does not know the key (it was deleted or is inactive)",
        "Make a new access key in IAM.",
      );
    case "AccessDenied":
      return refused(
        "insufficient",
        ["key"],
        "a policy denies the key everything from here",
        "Look for a deny by address or region.",
      );
    default:
      throw unexpected(answer.status);
  }
}

function wrongAccount(): ProbeAnswer {
  const mend = "Set a key of the right account, or mend account in the manifest.";
  return refused("invalid", ["key"], "the key belongs to another account than expected", mend);
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * The account that a key ID carries: 40 bits of its base32 (keys of the forms AKIAI and AKIAJ are older, and carry none).
 * Found by Tal Be'ery in 2023; trufflehog has it, too.
 */
export function accountOfKey(id: string): string | undefined {
  if (!/^(?:AKIA|ASIA)[A-Z2-7]{16}$/.test(id) || /^AKIA[IJ]/.test(id)) return undefined;
  let bits = 0n;
  for (const character of id.slice(4, 14)) bits = (bits << 5n) | BigInt(BASE32.indexOf(character));
  // Ten characters are 50 bits; of the first 48, all but the first and the last seven.
  return String(((bits >> 2n) & 0x7fffffffff80n) >> 7n).padStart(12, "0");
}
