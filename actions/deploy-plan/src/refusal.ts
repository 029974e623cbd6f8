import type { GitHubAnswer } from "../../../shared/github/client.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

/** The error for an answer that is none: what could not be read, in GitHub's words, and which right that takes. */
export function refusalOf(what: string, right: string, { status, message }: GitHubAnswer): UserError {
  const said = message === "" ? `HTTP ${status}` : `HTTP ${status}, ${message}`;
  if (status === 401) {
    return new UserError(`github-token: GitHub does not accept the token (${said}).`, {
      hint: "It has expired, was revoked, or is cut off: set it again.",
      where: { input: "github-token" },
    });
  }
  const hint =
    status === 403 || status === 404
      ? `Give the job 'permissions: ${right}'. Nothing is planned on what cannot be read.`
      : "Nothing is planned on what cannot be read. Run it again.";
  return new UserError(`${what}: GitHub does not say (${said}).`, { hint });
}
