import { UserError } from "../runtime/user-error.ts";
import { GitHubError } from "./client.ts";
import { LimitReached } from "./paced-client.ts";

/** An error of the network, or a limit, as one that the user understands; `consequence` is what it means for the run. */
export function troubleOf(error: unknown, consequence = ""): unknown {
  if (error instanceof GitHubError) {
    return new UserError(`GitHub could not be asked: ${error.message}.`, {
      hint: `${consequence} See https://www.githubstatus.com, and run it again.`.trim(),
      cause: error,
    });
  }
  if (error instanceof LimitReached) {
    return new UserError(`GitHub's rate limit is reached until ${new Date(error.resetAt).toISOString()}.`, {
      hint: "Run it again then, or with a longer 'timeout'.",
      cause: error,
    });
  }
  return error;
}
