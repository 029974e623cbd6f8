import { HttpBodyError, HttpTimeout } from "../../../shared/http/exchange.ts";
import { RedirectError } from "../../../shared/http/follow.ts";
import { errorCode, networkReason, SILENT_HINT } from "../../../shared/net/reason.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import { formatDuration, ValueError } from "../../../shared/runtime/values.ts";
import { type Attempt, LONGEST_EXAMINED } from "./attempt.ts";

/**
 * The attempt that ended with an error. Errors of the network, of servers and of values that only turned up on the way
 * are findings; anything else is a bug and is thrown on.
 */
export function failedAttempt(error: unknown, durationMs: number, timeoutMs: number): Attempt {
  const attempt = (problem: string, hint: string | undefined, network: boolean): Attempt => ({
    problems: [problem],
    network,
    durationMs,
    ...(hint === undefined ? {} : { hint }),
  });
  if (error instanceof HttpTimeout || (error instanceof Error && error.name === "TimeoutError")) {
    return attempt(
      `no answer within ${formatDuration(timeoutMs)}`,
      `Raise 'timeout' if it is slow by nature. ${SILENT_HINT}`,
      true,
    );
  }
  if (error instanceof HttpBodyError || error instanceof RedirectError)
    return attempt(error.message, undefined, false);
  if (error instanceof UserErrors)
    return attempt(error.problems.map(({ message }) => message).join(" "), error.problems[0]?.hint, true);
  if (error instanceof UserError) return attempt(error.message.replace(/\.$/, ""), error.hint, true);
  if (error instanceof ValueError) return attempt(error.message, undefined, false);
  const reason = networkReason(error);
  if (reason !== undefined) return attempt(reason.why, reason.hint, true);
  const code = errorCode(error);
  if (code === "") throw error;
  // The parser's and OpenSSL's own words; the code tells most when they do not.
  const why = error instanceof Error ? remoteLine(error.message, { max: LONGEST_EXAMINED }) : "";
  if (/wrong version number/i.test(why))
    return attempt("the server does not speak TLS there", "Check the port, or use http://.", true);
  return attempt(`the connection failed (${code}${why === "" ? "" : `: ${why}`})`, undefined, true);
}
