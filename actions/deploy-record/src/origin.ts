import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Origin } from "./record-file.ts";

/** Who started this run, out of the runner's environment. Throws a UserError outside of a workflow run. */
export function readOrigin(env: Readonly<NodeJS.ProcessEnv>): Origin {
  const repository = env["GITHUB_REPOSITORY"] ?? "";
  const id = env["GITHUB_RUN_ID"] ?? "";
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository) || !/^\d+$/.test(id)) {
    throw new UserError("GITHUB_REPOSITORY or GITHUB_RUN_ID is not what a runner sets.", {
      hint: "Deploys are recorded in runs of a workflow.",
    });
  }
  const attempt = /^\d+$/.test(env["GITHUB_RUN_ATTEMPT"] ?? "") ? env["GITHUB_RUN_ATTEMPT"] : "1";
  const actor = env["GITHUB_ACTOR"] ?? "";
  return {
    actor,
    triggeringActor: env["GITHUB_TRIGGERING_ACTOR"] || actor,
    event: env["GITHUB_EVENT_NAME"] ?? "",
    repository,
    runUrl: `${env["GITHUB_SERVER_URL"] || "https://github.com"}/${repository}/actions/runs/${id}`,
    run: `${id}/${attempt}`,
  };
}
