import * as z from "zod";
import { type DeployRecord, RECORD_TASK, recordIn } from "../../../shared/deployments/record.ts";
import { type GitHubAnswer, type GitHubClient, GitHubError } from "../../../shared/github/client.ts";
import { waitForLimit } from "../../../shared/github/rate-limit.ts";
import type { Runtime } from "../../../shared/runtime/action.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";

const created = z.object({ id: z.int().positive() });
const listed = z.array(z.object({ id: z.int().positive(), task: z.string(), payload: z.unknown() }));

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 1_000;
// GitHub refuses longer descriptions.
const DESCRIPTION = 140;

type Around = Pick<Runtime, "clock" | "log" | "signal">;

/** The deployments of one repository on GitHub. Throws UserErrors, and the signal's reason. */
export class DeploymentsApi {
  readonly #client: GitHubClient;
  readonly #root: string;
  readonly #around: Around;

  /** `repository` as `owner/name`. */
  constructor(client: GitHubClient, repository: string, around: Around) {
    this.#client = client;
    this.#root = `repos/${repository}/deployments`;
    this.#around = around;
  }

  /**
   * Makes the record of a run; gives its number. An answer that was lost is looked up, so that a run has one record
   * and not two.
   */
  async create(record: DeployRecord, environment: string): Promise<number> {
    const { operation, version } = record;
    const json = {
      ref: record.sha,
      task: RECORD_TASK,
      environment,
      payload: record,
      description: `${operation} ${version}`.slice(0, DESCRIPTION),
      // What is deployed was decided before: GitHub shall neither merge nor look at checks of its own.
      auto_merge: false,
      required_contexts: [],
    };
    const answer = await this.#send({ method: "POST", path: this.#root, json }, () =>
      this.#find(environment, record.run),
    );
    return typeof answer === "number" ? answer : readJson(answer, created).id;
  }

  /** Adds a status. One that is there twice says no more than once. */
  async say(
    id: number,
    status: {
      readonly state: "in_progress" | "success" | "failure" | "error" | "inactive";
      readonly description: string;
      readonly logUrl: string;
      readonly environmentUrl: string | undefined;
    },
  ): Promise<void> {
    const json = {
      state: status.state,
      description: status.description.slice(0, DESCRIPTION),
      log_url: status.logUrl,
      ...(status.environmentUrl === undefined ? {} : { environment_url: status.environmentUrl }),
      auto_inactive: true,
    };
    await this.#send({ method: "POST", path: `${this.#root}/${id}/statuses`, json });
  }

  /** The record that a run has made already. */
  async #find(environment: string, run: string): Promise<number | undefined> {
    const query = new URLSearchParams({ environment, task: RECORD_TASK, per_page: "100" });
    const answer = await this.#client.send({
      method: "GET",
      path: `${this.#root}?${query}`,
      signal: this.#around.signal,
    });
    if (answer.status !== 200) throw refusal(answer);
    return readJson(answer, listed).find(({ payload }) => recordIn(payload)?.run === run)?.id;
  }

  /** Sends until it is taken. `done` is asked before a call is sent again, whether that has arrived all the same. */
  async #send<Done = never>(
    call: { readonly method: string; readonly path: string; readonly json: unknown },
    done?: () => Promise<Done | undefined>,
  ): Promise<GitHubAnswer | Done> {
    const { clock, log, signal } = this.#around;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#client.send({ ...call, signal }).catch((error: unknown) => {
        if (error instanceof GitHubError) return error;
        throw error;
      });
      if (!(answer instanceof GitHubError) && answer.status === 201) return answer;
      const failed = answer instanceof GitHubError ? answer : undefined;
      const limit =
        answer instanceof GitHubError ? undefined : waitForLimit(answer, attempt - 1, clock.now());
      const again =
        failed !== undefined ||
        limit !== undefined ||
        (!(answer instanceof GitHubError) && answer.status >= 500);
      if (!again || attempt === ATTEMPTS) {
        if (answer instanceof GitHubError) throw unreachable(answer);
        throw refusal(answer);
      }
      const pause = limit ?? FIRST_PAUSE_MS * 2 ** (attempt - 1);
      log.info(
        `GitHub did not take it (${failed?.message ?? `HTTP ${(answer as GitHubAnswer).status}`}); once more`,
      );
      await clock.sleep(pause, signal);
      // A refusal by a limit was not carried out; anything else may have been.
      const found = limit === undefined ? await done?.().catch(() => undefined) : undefined;
      if (found !== undefined) return found;
    }
  }
}

function readJson<Schema extends z.ZodType>(answer: GitHubAnswer, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(answer.body.toString()));
  } catch (cause) {
    throw new UserError("GitHub answered in a form that is not known.", {
      hint: "Look at the repository's page, under Deployments, and run it again.",
      cause,
    });
  }
}

function unreachable(cause: GitHubError): UserError {
  return new UserError(`The deployment cannot be recorded: ${cause.message}.`, {
    hint: "See https://www.githubstatus.com. What has no record counts as never deployed: record it before the next promotion by deploying again.",
    cause,
  });
}

function refusal({ status, message }: GitHubAnswer): UserError {
  const said = message === "" ? `HTTP ${status}` : `HTTP ${status}, ${message}`;
  return new UserError(`The deployment cannot be recorded: GitHub refuses it (${said}).`, {
    hint:
      status === 403 || status === 404
        ? "Give the job 'permissions: deployments: write'."
        : "Look at the repository's page, under Deployments, and run it again.",
  });
}
