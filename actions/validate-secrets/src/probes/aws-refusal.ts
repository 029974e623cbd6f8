import type { Answer } from "./ask.ts";
import { errorCodeOf } from "./aws-request.ts";
import { NoVerdict, type ProbeAnswer, refused } from "./probe.ts";

/**
 * What all services of AWS say alike where they do not take a signature; `undefined` when it is nothing of that. Throws
 * NoVerdict when the clock is wrong. `service` is its name for people.
 */
export function signatureRefusal(answer: Answer, service: string): ProbeAnswer | undefined {
  if (isClockSkew(answer))
    throw new NoVerdict(`${service} refuses the time of the request`, "Set the clock of the runner.");
  switch (errorCodeOf(answer)) {
    case "SignatureDoesNotMatch":
      return refused(
        "invalid",
        ["secret"],
        "the secret does not belong to the key",
        "Set both anew, from the same access key.",
      );
    case "ExpiredToken":
      return refused(
        "expired",
        ["session-token"],
        "the session has expired",
        "Use credentials that are made anew for each run, as with OIDC.",
      );
    default:
      return undefined;
  }
}

/** Whether AWS turned down a signature for the time in it, not for the secret. */
function isClockSkew(answer: Answer): boolean {
  const code = errorCodeOf(answer);
  if (code === "RequestTimeTooSkewed" || code === "RequestExpired") return true;
  return code === "SignatureDoesNotMatch" && /Signature (?:expired|not yet current)/.test(answer.text);
}
