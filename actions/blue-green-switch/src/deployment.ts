import * as z from "zod";
import { GitHubClient, GitHubError } from "../../../shared/github/client.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import type { Result } from "./verdict.ts";

const created = z.object({ id: z.int() });

type State = "in_progress" | "success" | "failure" | "inactive" | "error" | "queued";

const STATES: Readonly<Record<Result, State>> = {
  deployed: "success",
  unchanged: "success",
  reported: "success",
  planned: "inactive",
  held: "queued",
  aborted: "failure",
  "rolled-back": "failure",
  error: "error",
};

export type DeploymentOptions = {
  readonly environment: string;
  readonly token: string;
  readonly release: string;
};

/** A deployment on GitHub, which shows on the repository's page who has deployed what, and how it went. */
export class Deployment {
  readonly #client: GitHubClient;
  readonly #path: string;
  readonly #runtime: Runtime;
  readonly #environment: string;

  private constructor(client: GitHubClient, path: string, environment: string, runtime: Runtime) {
    this.#client = client;
    this.#path = path;
    this.#environment = environment;
    this.#runtime = runtime;
  }

  /**
   * Records that a deploy begins. Gives a warning instead where GitHub does not let it: a deploy does not fail for want
   * of a record.
   */
  static async begin(options: DeploymentOptions, runtime: Runtime): Promise<Deployment | string> {
    const { env, signal } = runtime;
    const repository = env["GITHUB_REPOSITORY"];
    const ref = env["GITHUB_SHA"];
    if (!repository || !ref) return "No deployment is recorded: this is not a run of GitHub Actions.";
    const apiUrl = env["GITHUB_API_URL"] ?? "https://api.github.com";
    const client = new GitHubClient({ apiUrl, token: options.token, env, signal });
    runtime.defer("connection to GitHub", () => client.close());
    try {
      const { id } = await post(
        client,
        `repos/${repository}/deployments`,
        {
          ref,
          environment: options.environment,
          description: `blue-green-switch: ${options.release}`,
          auto_merge: false,
          required_contexts: [],
        },
        signal,
      );
      const deployment = new Deployment(
        client,
        `repos/${repository}/deployments/${id}/statuses`,
        options.environment,
        runtime,
      );
      await deployment.#say("in_progress", `${options.release} is being deployed`);
      return deployment;
    } catch (error) {
      signal.throwIfAborted();
      return refusal(error);
    }
  }

  /** Records how it went; gives a warning where that was not possible. */
  async end(result: Result, text: string): Promise<string | undefined> {
    try {
      await this.#say(STATES[result], text);
      return undefined;
    } catch (error) {
      return refusal(error);
    }
  }

  async #say(state: State, description: string): Promise<void> {
    const { env } = this.#runtime;
    const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
    const log = server && repository && run ? { log_url: `${server}/${repository}/actions/runs/${run}` } : {};
    await post(
      this.#client,
      this.#path,
      // GitHub refuses descriptions of more than 140 characters.
      {
        state,
        description: description.slice(0, 140),
        environment: this.#environment,
        auto_inactive: true,
        ...log,
      },
      this.#runtime.signal,
    );
  }
}

/** Creates something; gives its number. Throws a GitHubError, and the signal's reason. */
async function post(
  client: GitHubClient,
  path: string,
  json: object,
  signal: AbortSignal,
): Promise<z.output<typeof created>> {
  const { status, body, message } = await client.send({ method: "POST", path, json, signal });
  if (status !== 201)
    throw new GitHubError(`HTTP ${status}${message === "" ? "" : `: ${message}`}`, { status });
  return created.parse(JSON.parse(body.toString()));
}

function refusal(error: unknown): string {
  if (!(error instanceof GitHubError)) throw error;
  const hint =
    error.status === 403 || error.status === 404 ? " The job needs `permissions: deployments: write`." : "";
  return `The deployment is not recorded on GitHub: ${error.message}.${hint}`;
}
