import type { Context } from "./context.ts";
import type { DeployEvent, FailedJob } from "./event.ts";
import type { Facts } from "./facts.ts";
import type { FieldLine } from "./fields.ts";
import type { Needs } from "./needs.ts";
import type { Status } from "./status.ts";
import { transitionOf } from "./transition.ts";

/** What the user says about the event. */
export type Told = {
  readonly status: Status;
  readonly needs: Needs | undefined;
  readonly title: string;
  readonly message: string;
  readonly fields: readonly FieldLine[];
  readonly environment: string;
  readonly environmentUrl: string;
  readonly version: string;
};

/** The event, out of what the user, the runner and GitHub say. `now` is in milliseconds since 1970. Pure. */
export function makeEvent(told: Told, context: Context, facts: Facts, now: number): DeployEvent {
  const { needs, ...rest } = told;
  const { serverUrl, repository, runId, runAttempt, commit } = context;
  const base = serverUrl === "" || repository === "" ? "" : `${serverUrl}/${repository}`;
  const page = (path: string, ...parts: readonly string[]): string =>
    base === "" || parts.includes("") ? "" : `${base}/${path}`;
  const { startedAt, earlier } = facts;
  const before = earlier === "unknown" ? undefined : earlier;
  const running = rest.status === "started" || rest.status === "info";
  return {
    ...rest,
    transition: earlier === "unknown" ? undefined : transitionOf(rest.status, before),
    repository,
    workflow: context.workflow,
    branch: context.branch,
    actor: context.actor,
    commit: {
      sha: commit.sha,
      title: commit.title || (facts.commit?.title ?? ""),
      author: commit.author || (facts.commit?.author ?? ""),
      url: page(`commit/${commit.sha}`, commit.sha),
    },
    run: {
      number: context.runNumber,
      attempt: runAttempt,
      url: page(`actions/runs/${runId}${Number(runAttempt) > 1 ? `/attempts/${runAttempt}` : ""}`, runId),
    },
    compareUrl:
      context.compareUrl ||
      (before === undefined || before.sha === commit.sha
        ? ""
        : page(`compare/${before.sha}...${commit.sha}`, before.sha, commit.sha)),
    durationMs: running || startedAt === undefined ? undefined : Math.max(0, now - startedAt),
    failed: rest.status === "failure" ? failedOf(facts.failed, needs) : [],
  };
}

/** GitHub knows more about the jobs; without it there are their ids. */
function failedOf(failed: readonly FailedJob[], needs: Needs | undefined): readonly FailedJob[] {
  if (failed.length > 0) return failed;
  const jobs = (needs ?? []).filter(({ result }) => result === "failure");
  return jobs.map(({ job }) => ({ job, step: "", error: "", url: "" }));
}
