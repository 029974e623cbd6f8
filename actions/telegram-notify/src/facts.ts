import * as z from "zod";
import { type GitHubClient, GitHubError } from "../../../shared/github/client.ts";
import { type Context, titleOf } from "./context.ts";
import { type EarlierRun, earlierRun, runSchema } from "./earlier-run.ts";
import type { FailedJob } from "./event.ts";
import { failedJobs } from "./failed-jobs.ts";
import type { Status } from "./status.ts";

/** What GitHub knows about the run beyond what the runner says. */
export type Facts = {
  readonly startedAt: number | undefined;
  readonly failed: readonly FailedJob[];
  /** `"unknown"` where it could not be found out; `undefined` where there is none. */
  readonly earlier: EarlierRun | "unknown" | undefined;
  readonly commit: { readonly title: string; readonly author: string } | undefined;
  /** What could not be found out, and why. */
  readonly gaps: readonly string[];
};

const commitSchema = z.object({
  commit: z.object({ message: z.string(), author: z.object({ name: z.string() }) }),
});

/** Asks GitHub for what is missing; what it does not tell is a gap, never a failure. */
export async function gatherFacts(
  client: GitHubClient | undefined,
  context: Context,
  status: Status,
  signal: AbortSignal,
): Promise<Facts> {
  const { repository, runId, runAttempt, commit } = context;
  const gaps: string[] = [];
  const attempt = async <T>(
    what: string,
    ask: (client: GitHubClient) => Promise<T>,
  ): Promise<T | undefined> => {
    if (client === undefined) return undefined;
    try {
      return await ask(client);
    } catch (error) {
      if (!(error instanceof GitHubError) && !signal.aborted) throw error;
      gaps.push(
        `${what}: ${error instanceof GitHubError ? reasonOf(error) : "GitHub did not answer in time"}`,
      );
      return undefined;
    }
  };
  const path = `repos/${repository}/actions/runs/${runId}`;
  const [run, failed, told] = await Promise.all([
    attempt("the run", async (github) => {
      const found = await github.json(path, runSchema);
      const earlier = await attempt("earlier runs", async () => ({
        run: await earlierRun(github, repository, found),
      }));
      return { found, earlier };
    }),
    status === "failure"
      ? attempt("the failed jobs", (github) => failedJobs(github, `${path}/attempts/${runAttempt || 1}`))
      : undefined,
    commit.title === "" && commit.sha !== ""
      ? attempt("the commit", (github) =>
          github.json(`repos/${repository}/commits/${commit.sha}`, commitSchema),
        )
      : undefined,
  ]);
  if (client === undefined)
    gaps.push("earlier runs and failed jobs; that takes a github-token with actions: read");
  const startedAt = Date.parse(run?.found.run_started_at ?? "");
  const { message = "", author } = told?.commit ?? {};
  return {
    startedAt: Number.isNaN(startedAt) ? undefined : startedAt,
    failed: failed ?? [],
    earlier: run?.earlier === undefined ? "unknown" : run.earlier.run,
    commit: told === undefined ? undefined : { title: titleOf(message), author: author?.name ?? "" },
    gaps,
  };
}

function reasonOf({ status, message }: GitHubError): string {
  const hint =
    status === 403 || status === 404 ? "; does the job have actions: read and contents: read?" : "";
  return `${message}${hint}`;
}
