import { RECORD_TASK } from "../../../shared/deployments/record.ts";
import type { GitHubRepository } from "./server.ts";

export type Recorded = {
  readonly environment: string;
  readonly version: string;
  readonly sha?: string;
  readonly digest?: string;
  readonly operation?: "deploy" | "promote" | "rollback";
  /** Oldest first. Default: begun, and a success. */
  readonly states?: readonly string[];
};

/** Adds a deployment as deploy-record makes it. */
export function addRecord(github: GitHubRepository, deploy: Recorded): void {
  const { environment, version, digest, operation = "deploy", states = ["in_progress", "success"] } = deploy;
  const sha = deploy.sha ?? github.commits.add(version);
  const id = 1 + github.deployments.length;
  github.deployments.unshift({
    id,
    sha,
    environment,
    task: RECORD_TASK,
    payload: {
      "deploy-record": 1,
      operation,
      version,
      sha,
      run: `${id}/1`,
      ...(digest === undefined ? {} : { digest }),
    },
    description: "",
    statuses: states.map((state) => ({ state, description: "" })).reverse(),
  });
}
