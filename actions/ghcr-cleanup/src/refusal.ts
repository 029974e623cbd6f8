import type { GitHubAnswer } from "../../../shared/github/client.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

const CLASSIC =
  "GitHub Packages takes GITHUB_TOKEN, or a classic token; fine-grained tokens have no rights on packages.";
const HINTS = {
  read: `Give the job 'packages: write', and the repository a role on the package (package settings, Manage Actions access); or use a classic token with read:packages. ${CLASSIC}`,
  list: `GITHUB_TOKEN may not list packages: name them without patterns, or use a classic token with read:packages. ${CLASSIC}`,
  delete: `It needs the role admin on the package: in the package's settings under Manage Actions access for GITHUB_TOKEN, which also needs 'packages: write'; a classic token also needs delete:packages. ${CLASSIC}`,
} as const;

/** The error for an answer that refuses: what was refused, in GitHub's words, and which right is missing. */
export function refusalOf(what: keyof typeof HINTS, object: string, answer: GitHubAnswer): UserError {
  const { status, message } = answer;
  const said = message === "" ? `HTTP ${status}` : `HTTP ${status}, ${message}`;
  if (status === 401) {
    return new UserError(`github-token: GitHub does not accept the token (${said}).`, {
      hint: "It has expired, was revoked, or is cut off: set it again.",
      where: { input: "github-token" },
    });
  }
  if (status === 404 && what === "read") {
    return new UserError(`${object}: there is none of this name, or the token may not see it (${said}).`, {
      hint: `Check the name and 'owner'. ${HINTS.read}`,
    });
  }
  return new UserError(`${object}: GitHub does not let the token ${what} it (${said}).`, {
    hint: HINTS[what],
  });
}
