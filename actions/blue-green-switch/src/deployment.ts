import * as z from "zod";
import { GitHubClient } from "../../../shared/github/client.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import type { Result } from "./verdict.ts";

const created = z.object({ id: z.int() });

type State = "in_progress" | "success" | "failure" | "inactive" | "error";

const STATES: Readonly<Record<Result, State>> = {
  deployed: "success",
  unchanged: "success",
  reported: "success",
  planned: "inactive",
  // The run that goes on records a deployment of its own.
  held: "inactive",
  aborted: "failure",
  "rolled-back": "failure",
  error: "error",
};

export type DeploymentOptions = {
  readonly environment: string;
  readonly token: string;
  readonly release: string;
};

// GitHub refuses longer descriptions of a status.
const MAX_DESCRIPTION = 140;

/**
 * A deployment on GitHub, which shows on the repository's page who has deployed what, and how it went. It is recorded
 * beside the deploy, which never waits for it, and does not fail for want of it.
 */
export class Deployment {
  readonly #client: GitHubClient;
  readonly #options: DeploymentOptions;
  readonly #runtime: Runtime;
  // Not the run's own signal: that a run was cancelled is to be recorded too.
  readonly #life = new AbortController();
  /** The path of its statuses, or why there is none. */
  readonly #begun: Promise<{ readonly path: string } | { readonly refused: string }>;

  constructor(options: DeploymentOptions, runtime: Runtime) {
    const { env, defer } = runtime;
    const apiUrl = env["GITHUB_API_URL"] || "https://api.github.com";
    this.#options = options;
    this.#runtime = runtime;
    this.#client = new GitHubClient({ apiUrl, token: options.token, env, signal: this.#life.signal });
    defer("connection to GitHub", () => {
      this.#life.abort();
      this.#client.close();
    });
    this.#begun = this.#begin();
  }

  /** Records how it went; gives a warning where that was not possible, be it for want of time. */
  async end(result: Result, text: string, withinMs: number): Promise<string | undefined> {
    const soon = AbortSignal.timeout(withinMs);
    const late = new Promise<string>((resolve) => {
      soon.addEventListener("abort", () => resolve(notRecorded(`no answer within ${withinMs} ms`)));
    });
    return Promise.race([late, this.#end(STATES[result], text)]);
  }

  async #end(state: State, text: string): Promise<string | undefined> {
    const begun = await this.#begun;
    if ("refused" in begun) return begun.refused;
    try {
      await this.#say(begun.path, state, text);
      return undefined;
    } catch (error) {
      return refusal(error);
    }
  }

  async #begin(): Promise<{ readonly path: string } | { readonly refused: string }> {
    const { GITHUB_REPOSITORY: repository, GITHUB_SHA: sha } = this.#runtime.env;
    const { environment, release } = this.#options;
    if (!repository || !sha) return { refused: notRecorded("this is not a run of GitHub Actions") };
    try {
      const { id } = await this.#post(`repos/${repository}/deployments`, {
        // A rollback is about another commit than the run; releases are commits unless they were named.
        ref: /^[0-9a-f]{40}$/.test(release) ? release : sha,
        environment,
        description: `blue-green-switch: ${release}`,
        auto_merge: false,
        required_contexts: [],
      });
      const path = `repos/${repository}/deployments/${id}/statuses`;
      await this.#say(path, "in_progress", `${release} is being deployed`);
      return { path };
    } catch (error) {
      return { refused: refusal(error) };
    }
  }

  async #say(path: string, state: State, text: string): Promise<void> {
    const {
      GITHUB_SERVER_URL: server,
      GITHUB_REPOSITORY: repository,
      GITHUB_RUN_ID: run,
    } = this.#runtime.env;
    await this.#post(path, {
      state,
      description: [...remoteLine(text)].slice(0, MAX_DESCRIPTION).join(""),
      environment: this.#options.environment,
      auto_inactive: true,
      ...(server && repository && run ? { log_url: `${server}/${repository}/actions/runs/${run}` } : {}),
    });
  }

  /** Creates something; gives its number. */
  async #post(path: string, json: object): Promise<z.output<typeof created>> {
    const { signal } = this.#life;
    const { status, body, message } = await this.#client.send({ method: "POST", path, json, signal });
    if (status !== 201) throw new Refused(status, message);
    return created.parse(JSON.parse(body.toString()));
  }
}

class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(`HTTP ${status}${message === "" ? "" : `: ${message}`}`);
    this.status = status;
  }
}

function notRecorded(why: string): string {
  return `The deployment is not recorded on GitHub: ${why}.`;
}

function refusal(error: unknown): string {
  const lacksRight = error instanceof Refused && (error.status === 403 || error.status === 404);
  const hint = lacksRight ? " The job needs `permissions: deployments: write`." : "";
  const why =
    error instanceof z.ZodError || error instanceof SyntaxError ? "an unknown answer" : String(error);
  return notRecorded(remoteLine(why.replace(/^\w*(?:Error|Refused): /, "").replace(/\.$/, ""))) + hint;
}
