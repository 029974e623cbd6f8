import type { Runtime } from "../runtime/action.ts";
import { GitHubClient } from "./client.ts";
import { PacedGitHub } from "./paced-client.ts";

/** GitHub's REST API as the runner says where it is, until the end of the run. */
export function openGitHub(token: string, { env, signal, defer }: Runtime): GitHubClient {
  const apiUrl = env["GITHUB_API_URL"] || "https://api.github.com";
  const client = new GitHubClient({ apiUrl, token, env, signal });
  defer("connections to GitHub", () => client.close());
  return client;
}

/** The same for whoever only reads, and waits for limits no longer than `longestMs` from now. */
export function openPacedGitHub(token: string, longestMs: number, runtime: Runtime): PacedGitHub {
  const deadline = runtime.clock.monotonic() + longestMs;
  return new PacedGitHub(
    openGitHub(token, runtime),
    { changeMs: 0, longestWaitMs: longestMs, deadline },
    runtime,
  );
}
